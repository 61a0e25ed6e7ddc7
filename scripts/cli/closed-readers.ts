/** A reader that goes away before the end (`npm run status | head`) is no error of the command. */

/** From now on the process ends then, with the exit code it has so far. */
export function allowClosedReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit());
}
