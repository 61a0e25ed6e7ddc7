/** The three answers of a check, short to write. */
import type { Verdict } from './lesson.ts';

export const passed = (seen: string): Verdict => ({ state: 'passed', seen });
export const notYet = (reason: string, next: string): Verdict => ({ state: 'not-yet', reason, next });
export const wrong = (reason: string, next: string): Verdict => ({ state: 'wrong', reason, next });
