/** The option that restricts a command to some of the patterns. */
import { PATTERN_NAMES } from '../deploy/patterns.ts';
import type { Parameter } from './command.ts';

export const ONLY_SETTING: Readonly<Record<'only', Parameter>> = {
  only: {
    placeholder: 'PATTERN',
    summary: 'only this one (several: with commas) and what it needs; the others stay as they are',
    choices: PATTERN_NAMES,
    isList: true,
  },
};
