/** Faults of what stands beside nginx: the shop may answer, and something is wrong all the same. */
import type { CourseCluster, Verdict } from '../lesson.ts';
import type { Fault } from './fault.ts';
import { askShop, inShop, shopStays } from './look.ts';
import { patchContainer, patchPod } from './patch.ts';
import { helper, settings, shop } from './shop.ts';

const NEW_PAGE = 'Tea is 5.90 today.\n';

async function pageIsNew(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const answer = await askShop(cluster, namespace);
  if (answer.includes(NEW_PAGE.trim())) return { state: 'passed', seen: `the shop says: ${answer}` };
  const deployment = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'shop' });
  const isPinned = JSON.stringify(deployment ?? {}).includes('"subPath":');
  return {
    state: 'not-yet',
    reason: `the ConfigMap says "${NEW_PAGE.trim()}", and the shop says: ${answer}${isPinned ? '; the file is mounted with subPath, and such a mount is never updated' : ''}`,
    next: 'Mount the ConfigMap as a folder, without subPath: kubectl edit deployment shop; or make the Pod anew.',
  };
}

/** Sends nginx a SIGHUP every two seconds, so that it reads its settings. */
const RELOAD = `while sleep 2; do
  for p in /proc/[0-9]*; do
    [ "$(cat $p/comm 2>/dev/null)" = nginx ] && kill -HUP "\${p#/proc/}" && break
  done
done`;

async function maySignal(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const script = `for p in /proc/[0-9]*; do
    if [ "$(cat $p/comm 2>/dev/null)" = nginx ]; then
      echo "UID $(id -u) to UID $(stat -c %u $p)"; kill -0 "\${p#/proc/}"; exit
    fi
  done; echo 'no nginx is seen' >&2; exit 1`;
  const { exitCode, stdout, stderr } = await inShop(cluster, namespace, 'reloader', script);
  if (exitCode === 0) return { state: 'passed', seen: `the reloader may signal nginx: ${stdout.trim()}` };
  return {
    state: 'not-yet',
    reason: `the reloader may not signal nginx, ${stdout.trim()}: ${stderr.trim()}`,
    next: `Read its log: kubectl -n ${namespace} logs deploy/shop -c reloader; what a signal needs is in lesson 1.`,
  };
}

const JOURNAL_BYTES = 4 * 2 ** 20;
const WRITE_JOURNAL = `head -c ${JOURNAL_BYTES} /dev/zero > /journal/orders || echo 'the journal cannot be written'
exec sleep infinity`;

async function journalIsWhole(cluster: CourseCluster, namespace: string): Promise<Verdict> {
  const script = 'stat -c %s /journal/orders; df -h --output=size,pcent /journal | tail -1';
  const { stdout } = await inShop(cluster, namespace, 'journal', script);
  const [bytes = '', space = ''] = stdout.split('\n');
  if (Number(bytes) === JOURNAL_BYTES) return { state: 'passed', seen: `the journal has all of its ${bytes} bytes` };
  return {
    state: 'not-yet',
    reason: `the journal has ${bytes} of ${JOURNAL_BYTES} bytes; No space left on device: size and use are ${space.trim()}`,
    next: `Look at the volume: kubectl -n ${namespace} get deploy shop -o yaml; its sizeLimit is what there is.`,
  };
}

const tmpfs = (sizeLimit: string) => ({ name: 'journal', emptyDir: { medium: 'Memory', sizeLimit } });

export const helperFaults: readonly Fault[] = [
  {
    number: 10,
    symptom: 'The price of tea was changed in the ConfigMap. The shop still tells the old one, and always will.',
    objects: (namespace) =>
      shop(namespace, { pageMount: { name: 'settings', mountPath: '/srv/shop/index.html', subPath: 'index.html' } }),
    change: (namespace) => [settings(namespace, { 'index.html': NEW_PAGE })],
    look: pageIsNew,
    cause: 'A file that is mounted with subPath stays as it was when the Pod started.',
    repair: (namespace) => `kubectl -n ${namespace} rollout restart deployment/shop`,
  },
  {
    number: 11,
    symptom: 'A reloader stands beside nginx, and nginx has not once read its settings again.',
    objects: (namespace) =>
      shop(namespace, {
        pod: { shareProcessNamespace: true },
        helpers: [helper('reloader', RELOAD, { securityContext: { runAsUser: 10001 } })],
      }),
    look: maySignal,
    cause: 'The reloader runs under another UID than nginx, and has no capability, so its signal is refused.',
    repair: (namespace) => patchContainer(namespace, 'reloader', { securityContext: { runAsUser: 65533 } }),
  },
  {
    number: 12,
    symptom: 'The shop answers, but the journal of its orders ends in the middle.',
    objects: (namespace) =>
      shop(namespace, {
        volumes: [tmpfs('1Mi')],
        helpers: [helper('journal', WRITE_JOURNAL, { volumeMounts: [{ name: 'journal', mountPath: '/journal' }] })],
      }),
    look: journalIsWhole,
    cause: 'The volume of the journal holds 1 MiB, and it is full.',
    repair: (namespace) => patchPod(namespace, { volumes: [tmpfs('16Mi')] }),
  },
  {
    number: 13,
    symptom: 'The shop is there for a moment, then away, then there again.',
    objects: (namespace) =>
      shop(namespace, {
        helpers: [
          helper('report', `exec node -e 'globalThis.rows = Buffer.alloc(96e6, 1); setInterval(() => {}, 1000)'`, {
            resources: { requests: { memory: '32Mi' }, limits: { memory: '64Mi' } },
          }),
        ],
      }),
    look: shopStays,
    cause: 'The report beside the shop needs more memory than its limit, and is killed again and again.',
    repair: (namespace) => patchContainer(namespace, 'report', { resources: { limits: { memory: '256Mi' } } }),
  },
];
