import type { WrongSolution } from './wrong-solution.ts';

const FOLDER = 'manifests/concepts/04-adapter';
const AGAIN = `kubectl replace --force --grace-period=1 -f ${FOLDER}/kiosk.yaml
kubectl -n lesson-adapter wait --for=condition=Ready pod/kiosk --timeout=60s`;

/** The ConfigMap with another parser. */
const parse = (...lines: string[]): string => `kubectl apply -f - <<'END'
apiVersion: v1
kind: ConfigMap
metadata: { name: kiosk, namespace: lesson-adapter }
data:
  log-adapter.yaml: |
    inputs:
      - path: /var/log/kiosk/kiosk.log
        service: kiosk
        parser:
${lines.map((line) => `          ${line}`).join('\n')}
    stateDir: /var/lib/log-adapter
    ops: { port: 9903 }
END
${AGAIN}`;

const UNDO = `kubectl apply -f ${FOLDER}/config.yaml
${AGAIN}`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'one-schema',
    name: 'all of the line is the message',
    script: parse('type: regex', `pattern: '^(?<time>[\\d/]+ [\\d:]+) (?<msg>.*)$'`, 'timeFormat: dd/MM/yyyy HH:mm:ss'),
    reason: /says WARN, and the event has the level/,
    undo: UNDO,
  },
  {
    check: 'one-schema',
    name: 'the time is left out',
    script: parse('type: regex', `pattern: '^\\S+ \\S+ \\[(?<level>\\w+)\\] (?<logger>\\w+): (?<msg>.*)$'`),
    reason: /time is when the line was read/,
    undo: UNDO,
  },
];
