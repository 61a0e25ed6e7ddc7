/** The faults there are. Their numbers are what a learner types, so they stay. */
import type { Fault } from './fault.ts';
import { helperFaults } from './helper-faults.ts';
import { shopFaults } from './shop-faults.ts';

export const FAULTS: readonly Fault[] = [...shopFaults, ...helperFaults];
