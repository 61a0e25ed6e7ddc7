import type { WrongSolution } from './wrong-solution.ts';

/** Both directions of a connection; `from` is the list of peers that the called Pod lets in. */
const policies = (from: string, caller: string) => `kubectl apply -f - <<'END'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: lesson-policies }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Ingress, Egress]
  ingress: [{ from: ${from} }]
  egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: lesson-policies }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: api } } }] }]
${caller}END
`;

const WEB_MAY_SEND = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: lesson-policies }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Egress]
  egress: [{ to: [{ podSelector: { matchLabels: { app: api } } }] }]
`;

const undo = 'kubectl -n lesson-policies delete networkpolicy api db web --ignore-not-found\n';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'allowed',
    name: 'only the side that is called is allowed',
    script: policies('[{ podSelector: { matchLabels: { app: web } } }]', ''),
    reason: /web→api does not come about: api may receive from web, but web may not send/,
    undo,
  },
  {
    check: 'allowed',
    name: 'a namespace or a Pod, where both were meant',
    script: policies('[{ namespaceSelector: {} }, { podSelector: { matchLabels: { app: web } } }]', WEB_MAY_SEND),
    reason: /other→api comes about too, from another namespace/,
    undo,
  },
];
