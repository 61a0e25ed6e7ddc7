/** Mistakes for lesson 4. */
import type { WrongSolution } from './wrong-solution.ts';

const FOLDER = 'manifests/concepts/04-adapter';
/** The kubelet brings a ConfigMap at once into a Pod that changes. */
const HURRY = 'kubectl -n lesson-adapter annotate pod kiosk hurry="$(date +%s%N)" --overwrite';

const applied = (edit: string) => `sed '${edit}' ${FOLDER}/understood.yaml | kubectl apply -f -\n${HURRY}`;
const undo = `kubectl apply -f ${FOLDER}/config.yaml\n${HURRY}`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'one-schema',
    name: 'a parser, but nothing that joins the lines',
    script: applied('/multiline:/,/start:/d'),
    reason: /lines of one sale come out as events of their own/,
    undo,
  },
  {
    check: 'one-schema',
    name: 'the time in a field of its own',
    script: applied('s/<time>/<when>/; /timeFormat:/d'),
    reason: /time is not what the kiosk's clock said/,
    undo,
  },
  {
    check: 'one-schema',
    name: 'a key that does not exist',
    script: applied('s/multiline:/multiLine:/'),
    reason: /refused the file, .*multiLine/,
    undo,
  },
];
