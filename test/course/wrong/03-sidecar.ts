import type { WrongSolution } from './wrong-solution.ts';

const JOB = 'manifests/concepts/03-sidecar/job.yaml';
const UNDO = `kubectl replace --force --grace-period=1 -f ${JOB}`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'job-completes',
    name: 'the helper is left out',
    script: `sed '/- name: helper/,$d' ${JOB} | kubectl replace --force --grace-period=1 -f -`,
    reason: /the helper has gone/,
    undo: UNDO,
  },
  {
    check: 'job-completes',
    name: 'an init container that has to end',
    script: `sed '/restartPolicy: Always/d' manifests/concepts/03-sidecar/job-native.yaml |
  kubectl replace --force --grace-period=1 -f -`,
    reason: /an init container that has to end before the report is begun/,
    undo: UNDO,
  },
  {
    check: 'job-completes',
    name: 'a deadline that ends the helper',
    script: `sed 's/backoffLimit: 0/activeDeadlineSeconds: 3/' ${JOB} | kubectl replace --force --grace-period=1 -f -`,
    reason: /the Job has failed: DeadlineExceeded/,
    undo: UNDO,
  },
];
