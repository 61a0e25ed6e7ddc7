/** Every setting, from the environment; nothing else of the program looks there. */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import * as z from 'zod';

const Name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'not the name of an object' });

const Environment = z
  .object({
    /** Only Pods of this node get rules. */
    NODE_NAME: Name,
    /** The namespace and the name of the DaemonSet. */
    NAMESPACE: Name,
    DAEMON_SET: Name,
    /** On the loopback address of the node. */
    OPS_PORT: z.coerce.number().int().min(1).max(65_535).default(9907),
  })
  .transform((env) => ({
    nodeName: env.NODE_NAME,
    daemonSet: { namespace: env.NAMESPACE, name: env.DAEMON_SET },
    opsPort: env.OPS_PORT,
  }));

export type Config = Readonly<z.infer<typeof Environment>>;

/** Throws an AppError `CONFIG_INVALID` that names each variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = Environment.safeParse(env);
  if (parsed.success) return parsed.data;
  throw new AppError('CONFIG_INVALID', z.prettifyError(parsed.error), 'Correct the variables named above.');
}
