/** Every setting, from the environment; nothing else of the program looks there. */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import * as z from 'zod';

const Port = z.coerce.number().int().min(1).max(65_535);
const Name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'not the name of an object' });

const Environment = z
  .object({
    INGRESS_CLASS: Name,
    /** Unset: all namespaces, which needs a ClusterRole. */
    WATCH_NAMESPACE: Name.optional(),
    CONFIG_FOLDER: z.string().startsWith('/').default('/run/haproxy'),
    /** Where the Ingresses are reached, for their status. */
    PUBLISHED_ADDRESS: z.union([z.ipv4(), z.ipv6(), z.hostname()]).optional(),
    HTTP_PORT: Port.default(8080),
    HTTPS_PORT: Port.default(8443),
    HAPROXY_OPS_PORT: Port.default(9906),
    OPS_PORT: Port.default(9905),
  })
  .transform((env) => ({
    ingressClass: env.INGRESS_CLASS,
    namespace: env.WATCH_NAMESPACE,
    configFolder: env.CONFIG_FOLDER,
    publishedAddress: env.PUBLISHED_ADDRESS,
    ports: { http: env.HTTP_PORT, https: env.HTTPS_PORT, ops: env.HAPROXY_OPS_PORT },
    opsPort: env.OPS_PORT,
  }));

export type Config = Readonly<z.infer<typeof Environment>>;

/** Throws an AppError `CONFIG_INVALID` that names each variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = Environment.safeParse(env);
  if (parsed.success) return parsed.data;
  throw new AppError('CONFIG_INVALID', z.prettifyError(parsed.error), 'Correct the variables named above.');
}
