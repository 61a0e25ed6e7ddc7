/** The programs that tests start: found, or installed where that can be done. */
import { canInstallPackages, installPackages } from '../../scripts/host/debian.ts';
import type { Host } from '../../scripts/host/host.ts';

export interface RequiredProgram {
  /** Any of them will do. */
  readonly names: readonly string[];
  /** The Debian package with the first of them. */
  readonly debianPackage: string;
}

/** Returns the path of each, in the same order; throws if one is missing and cannot be installed. */
export async function requirePrograms(host: Host, programs: readonly RequiredProgram[]): Promise<string[]> {
  const find = ({ names }: RequiredProgram) => findProgram(host, names);
  const found = await Promise.all(programs.map(find));
  const missing = programs.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) {
    const packages = missing.map(({ debianPackage }) => debianPackage);
    if (!(await canInstallPackages())) throw new Error(`the tests need ${packages.join(', ')}: install them`);
    await installPackages(host, packages);
  }
  return await Promise.all(
    programs.map(async (program) => {
      const path = await find(program);
      if (path === undefined) throw new Error(`${program.debianPackage} is installed, and has no ${program.names[0]}`);
      return path;
    }),
  );
}

async function findProgram(host: Host, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const { exitCode, stdout } = await host.attempt('sh', ['-c', `command -v ${name}`]);
    if (exitCode === 0) return stdout.trim();
  }
  return undefined;
}
