/** Everything that the routes are made of, as it is now. */
import type { ApiServer } from '@pod-patterns/runtime/kube/api-server.ts';
import type { ObjectSource } from '@pod-patterns/runtime/kube/follow.ts';
import { keepFollowing } from '@pod-patterns/runtime/kube/keep-following.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { ClusterObjects } from './compile.ts';
import { isObjectName } from './grammar.ts';
import type { EndpointSlice, Ingress, KubeObject, Secret, Service } from './kube-types.ts';

export interface ClusterView {
  /** Undefined until all collections have been listed once. */
  objects(): ClusterObjects | undefined;
}

export interface FollowClusterOptions {
  readonly api: ApiServer;
  readonly ingressClass: string;
  /** Undefined: all of them. */
  readonly namespace: string | undefined;
  readonly onChange: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Follows until the signal aborts. */
export function followCluster(options: FollowClusterOptions): ClusterView {
  const { api, ingressClass, namespace, onChange, log, signal } = options;
  let ingresses: readonly Ingress[] | undefined;
  let services: readonly Service[] | undefined;
  let endpointSlices: readonly EndpointSlice[] | undefined;
  const secrets = new Map<string, FollowedSecret>();

  const pathOf = (group: string, plural: string, inNamespace = namespace) =>
    `${group}/${inNamespace === undefined ? '' : `namespaces/${inNamespace}/`}${plural}`;

  /** Only the Secrets that are named, each by itself: so the right to read may be given for single names. */
  const followSecrets = () => {
    const wanted = new Set((ingresses ?? []).flatMap(secretsOf));
    for (const [key, { stop }] of secrets) {
      if (wanted.has(key)) continue;
      stop.abort();
      secrets.delete(key);
    }
    for (const key of wanted) {
      if (secrets.has(key)) continue;
      const [secretNamespace = '', name = ''] = key.split('/');
      const followed: FollowedSecret = { stop: new AbortController(), object: undefined };
      secrets.set(key, followed);
      const source = api.collection<Secret>(pathOf('/api/v1', 'secrets', secretNamespace), {
        fieldSelector: `metadata.name=${name}`,
      });
      const onObjects = ([secret]: readonly Secret[]) => {
        followed.object = secret;
        onChange();
      };
      void keepFollowing(source, {
        ...{ what: `Secret ${key}`, onObjects, onRefused: () => onObjects([]), log },
        signal: AbortSignal.any([signal, followed.stop.signal]),
      });
    }
  };

  const followAll = <Item extends KubeObject>(
    what: string,
    source: ObjectSource<Item>,
    onObjects: (objects: readonly Item[]) => void,
  ) => {
    void keepFollowing(source, { what, onObjects, onRefused: () => onObjects([]), log, signal });
  };
  followAll('Ingress', api.collection<Ingress>(pathOf('/apis/networking.k8s.io/v1', 'ingresses')), (all) => {
    ingresses = all.filter(({ spec }) => spec?.ingressClassName === ingressClass);
    followSecrets();
    onChange();
  });
  followAll('Service', api.collection<Service>(pathOf('/api/v1', 'services')), (all) => {
    services = all;
    onChange();
  });
  followAll(
    'EndpointSlice',
    api.collection<EndpointSlice>(pathOf('/apis/discovery.k8s.io/v1', 'endpointslices')),
    (all) => {
      endpointSlices = all;
      onChange();
    },
  );

  return {
    objects() {
      if (ingresses === undefined || services === undefined || endpointSlices === undefined) return undefined;
      const found = [...secrets.values()].flatMap(({ object }) => object ?? []);
      return { ingresses, services, endpointSlices, secrets: found };
    },
  };
}

interface FollowedSecret {
  readonly stop: AbortController;
  object: Secret | undefined;
}

function secretsOf({ metadata, spec }: Ingress): string[] {
  return (spec?.tls ?? []).flatMap(({ secretName = '' }) =>
    isObjectName(secretName) ? [`${metadata.namespace}/${secretName}`] : [],
  );
}
