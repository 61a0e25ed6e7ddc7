/** Faults because of which the shop does not start, or cannot be reached. */
import type { Fault } from './fault.ts';
import { shopAnswers } from './look.ts';
import { patch, patchContainer, patchPod } from './patch.ts';
import { NGINX_CONF, shop } from './shop.ts';

export const TAINT = { key: 'break-it', value: 'maintenance', effect: 'NoSchedule' };

export const shopFaults: readonly Fault[] = [
  {
    number: 1,
    symptom: 'The shop was updated this morning, and has not answered since.',
    objects: (namespace) => shop(namespace, { image: 'pod-patterns/ngnix:dev', web: { imagePullPolicy: 'Never' } }),
    look: shopAnswers,
    cause: 'The name of the image was misspelled: ngnix.',
    repair: (namespace) => `kubectl -n ${namespace} set image deployment/shop web=pod-patterns/nginx:dev`,
  },
  {
    number: 2,
    symptom: 'Since the shop takes its title from a ConfigMap, nobody can reach it.',
    objects: (namespace) => {
      const valueFrom = { configMapKeyRef: { name: 'shop', key: 'title' } };
      return shop(namespace, { data: { titel: 'Tea' }, web: { env: [{ name: 'TITLE', valueFrom }] } });
    },
    look: shopAnswers,
    cause: 'The container asks for the key title, and the ConfigMap has titel.',
    repair: (namespace) => patch(namespace, 'configmap/shop', { data: { title: 'Tea' } }),
  },
  {
    number: 3,
    symptom: 'Somebody did maintenance on the node. What ran there runs on, but the new shop does not appear.',
    objects: (namespace) => [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pod-patterns-control-plane' }, spec: { taints: [TAINT] } },
      ...shop(namespace),
    ],
    look: shopAnswers,
    cause: 'The node still had the taint of the maintenance, and the shop does not tolerate it.',
    repair: () => `kubectl taint nodes pod-patterns-control-plane ${TAINT.key}-`,
  },
  {
    number: 4,
    symptom: 'The shop’s Deployment is there, and it has no Pod at all, not even one that waits.',
    objects: (namespace) => {
      const [home, ...rest] = shop(namespace);
      const metadata = { name: 'budget', namespace };
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { 'requests.memory': '8Mi' } } };
      return [...(home === undefined ? [] : [home]), quota, ...rest];
    },
    look: shopAnswers,
    cause: 'The namespace has a quota of 8 MiB, and the Pod asks for 16.',
    repair: (namespace) =>
      `${patch(namespace, 'resourcequota/budget', { spec: { hard: { 'requests.memory': '64Mi' } } })}
kubectl -n ${namespace} rollout restart deployment/shop`,
  },
  {
    number: 5,
    symptom: 'The program runs and writes no error, yet customers are refused.',
    objects: (namespace) => shop(namespace, { readinessPath: '/healthy' }),
    look: shopAnswers,
    cause: 'The readiness probe asks for a page that the shop does not have.',
    repair: (namespace) =>
      patchContainer(namespace, 'web', { readinessProbe: { httpGet: { path: '/', port: 'http' } } }),
  },
  {
    number: 6,
    symptom: 'All Pods are ready, and every request to the Service is refused.',
    objects: (namespace) => shop(namespace, { service: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] } }),
    look: shopAnswers,
    cause: 'The Service sends to port 8080; nginx listens on 8081.',
    repair: (namespace) => patch(namespace, 'service/shop', { spec: { ports: [{ port: 80, targetPort: 'http' }] } }),
  },
  {
    number: 7,
    symptom: 'All Pods are ready, and the Service answers nobody, though its ports are right.',
    objects: (namespace) => shop(namespace, { service: { selector: { app: 'store' } } }),
    look: shopAnswers,
    cause: 'The Service selects app=store, and the Pods are labelled app=shop.',
    repair: (namespace) => patch(namespace, 'service/shop', { spec: { selector: { app: 'shop' } } }),
  },
  {
    number: 8,
    symptom: 'After a small change of its settings the shop starts again and again.',
    objects: (namespace) =>
      shop(namespace, { data: { 'nginx.conf': NGINX_CONF.replace('listen 8081', 'listn 8081') } }),
    look: shopAnswers,
    cause: 'A misspelled word in nginx.conf.',
    repair: (namespace) =>
      `${patch(namespace, 'configmap/shop', { data: { 'nginx.conf': NGINX_CONF } })}
kubectl -n ${namespace} rollout restart deployment/shop`,
  },
  {
    number: 9,
    symptom: 'The shop shall keep its orders on a disk, and has been waiting for one ever since.',
    objects: (namespace) => [
      ...shop(namespace, {
        volumes: [{ name: 'orders', persistentVolumeClaim: { claimName: 'orders' } }],
      }),
    ],
    look: shopAnswers,
    cause: 'The Pod uses a claim that nobody has made.',
    repair: (namespace) =>
      patchPod(namespace, { volumes: [{ name: 'orders', persistentVolumeClaim: null, emptyDir: {} }] }),
  },
];
