/** Mistakes for lesson 2. */
import type { WrongSolution } from './wrong-solution.ts';

const FOLDER = 'manifests/concepts/02-ambassador';
/** The kubelet brings a ConfigMap at once into a Pod that changes. */
const HURRY = 'kubectl -n lesson-02 annotate pod -l app=shop hurry="$(date +%s%N)" --overwrite';

const applied = (edit: string) => `sed '${edit}' ${FOLDER}/both-ways.yaml | kubectl -n lesson-02 apply -f -\n${HURRY}`;
const undoCatalog = `kubectl -n lesson-02 apply -f ${FOLDER}/inbound.yaml\n${HURRY}`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'catalog',
    name: 'the name that the catalog has in its own namespace',
    script: applied('s/host: catalog.pod-patterns/host: catalog/'),
    reason: /answers 502 at localhost:9000, because of catalog:80: .*UPSTREAM_UNREACHABLE/,
    undo: undoCatalog,
  },
  {
    check: 'catalog',
    name: 'a listener for the whole cluster',
    script: applied('s/host: 127.0.0.1, port: 9000/port: 9000/'),
    reason: /port 9000 is open to the whole cluster/,
    undo: undoCatalog,
  },
  {
    check: 'catalog',
    name: 'a key that does not exist',
    script: applied('s/upstream: catalog }/upstreams: catalog }/'),
    reason: /refused the file: .*upstreams/,
    undo: undoCatalog,
  },
  {
    check: 'haproxy',
    name: 'the usual port instead of the one that is compiled in',
    script: `sed 's/127.0.0.1:8775/127.0.0.1:8080/' ${FOLDER}/haproxy-config.yaml | kubectl -n lesson-02 apply -f -
kubectl -n lesson-02 apply -f ${FOLDER}/haproxy.yaml
kubectl -n lesson-02 rollout status deployment/shop`,
    reason: /answers 503 without having reached the program/,
    undo: `kubectl -n lesson-02 delete configmap haproxy
kubectl -n lesson-02 apply -f ${FOLDER}/ambassador.yaml
kubectl -n lesson-02 rollout status deployment/shop`,
  },
];
