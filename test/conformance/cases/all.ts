/** All cases, in the order of their numbers. */
import type { ConformanceCase } from '../case.ts';
import { ANSWER_CASES } from './answers.ts';
import { FIELD_CASES } from './fields.ts';
import { FRAMING_CASES } from './framing.ts';
import { INTERIM_CASES } from './interim.ts';
import { LOAD_CASES } from './load.ts';
import { SYNTAX_CASES } from './syntax.ts';
import { UPGRADE_CASES } from './upgrades.ts';

const groups = [FRAMING_CASES, SYNTAX_CASES, FIELD_CASES, INTERIM_CASES, UPGRADE_CASES, ANSWER_CASES, LOAD_CASES];

export const CASES: readonly ConformanceCase[] = groups.flat().toSorted((a, b) => a.id.localeCompare(b.id));
