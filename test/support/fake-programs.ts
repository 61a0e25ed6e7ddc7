/** A machine on whose PATH are a few programs made for one test: shell scripts, of which is known how they were called. */
import { chmod, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../scripts/engine/engine.ts';
import { createHost, type Host } from '../../scripts/host/host.ts';

export interface FakeMachine extends AsyncDisposable {
  readonly host: Host;
  /** An engine whose client is the program `docker` among them. */
  readonly engine: Engine;
  /** For files of the test; the scripts find it as $FOLDER. */
  readonly folder: string;
  /** Each call so far, as `docker image ls`. */
  calls(): Promise<string[]>;
}

/** `programs`: what each does, in the words of sh. They find the usual programs, but not each other. */
export async function startFakeMachine(programs: Readonly<Record<string, string>>): Promise<FakeMachine> {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'fake-machine-'));
  const folder = temporary.path;
  const log = join(folder, 'calls');
  await writeFile(log, '');
  for (const [name, script] of Object.entries(programs)) {
    const head = `#!/bin/sh\necho "${name} $*" >> '${log}'\nFOLDER='${folder}'\nPATH=/usr/bin:/bin\n`;
    await writeFile(join(folder, name), head + script);
    await chmod(join(folder, name), 0o755);
  }
  const host = createHost({ PATH: folder, XDG_CACHE_HOME: join(folder, 'cache') }, new AbortController().signal);
  return {
    host,
    engine: { host, version: '0', architecture: 'amd64' },
    folder,
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean),
    [Symbol.asyncDispose]: () => temporary.remove(),
  };
}
