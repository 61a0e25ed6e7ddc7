/** What a line may need more than the shortest way: known before it is read, from a look at each of its bytes. */
import { SUSPECT_WORDS } from './secrets.ts';
import { createTextScanner } from './text-scanner.ts';

export const lineScanner = createTextScanner(SUSPECT_WORDS);
