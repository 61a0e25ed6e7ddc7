import { access } from 'node:fs/promises';

/** Whether something is at that path that may be looked at. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
