/** Mistakes for lesson 7. */
import type { WrongSolution } from './wrong-solution.ts';

const undo = 'kubectl -n lesson-07 delete service shop';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'published',
    name: 'kubectl create service, which selects app=shop',
    script: 'kubectl -n lesson-07 create service nodeport shop --tcp=80:8080 --node-port=30088',
    reason: /no Pod has the labels that shop selects \(app=shop\)/,
    undo,
  },
  {
    check: 'published',
    name: 'no target port',
    script: 'kubectl -n lesson-07 expose deployment web --name=shop --port=80 --type=NodePort',
    reason: /shop leads to port 80 of the Pods, and nothing listens there/,
    undo,
  },
  {
    check: 'published',
    name: 'any node port',
    script: 'kubectl -n lesson-07 expose deployment web --name=shop --port=80 --target-port=http --type=NodePort',
    reason: /the node port is \d+, and your machine leads 8088 to 30088/,
    undo,
  },
];
