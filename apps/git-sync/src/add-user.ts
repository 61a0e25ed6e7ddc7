/** --add-user: a line for our UID in /etc/passwd, where ssh looks up who it is run by. */
import { appendFile, readFile } from 'node:fs/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Does nothing if the UID has a name already. Throws an AppError `USER_NOT_ADDED` if the file cannot be written. */
export async function addUser(passwdFile: string, { uid, gid, home }: User): Promise<void> {
  try {
    const lines = (await readFile(passwdFile, 'utf8')).split('\n');
    if (lines.some((line) => line.split(':')[2] === String(uid))) return;
    await appendFile(passwdFile, `git-sync-${uid}:x:${uid}:${gid}::${home}:/usr/sbin/nologin\n`);
  } catch (cause) {
    const reason = `cannot add a user for UID ${uid} to ${passwdFile}: ${describeError(cause)}`;
    const remedy = 'Run as UID 65533, which has a name in the image, or mount a passwd file that names yours.';
    throw new AppError('USER_NOT_ADDED', reason, remedy, { cause });
  }
}
