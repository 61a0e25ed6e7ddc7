/** The names under which the kit is deployed. */
import type { Scope } from './applyset.ts';

export const KIT_SCOPE: Scope = { namespace: 'pod-patterns', inventoryName: 'pod-patterns-inventory' };
