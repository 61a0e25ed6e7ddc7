/** Task definitions for people: JSON to give to the aws command, then what is not in it. */
import { wrap } from '../deploy/render-status.ts';
import type { Unmapped } from './unmapped.ts';

export interface Conversion {
  /** Name of the Deployment. */
  readonly name: string;
  readonly taskDefinition: object;
  readonly unmapped: readonly Unmapped[];
}

/** Fields of several containers that are lost for one reason are told together. */
export function renderConversion({ name, taskDefinition, unmapped }: Conversion, columns: number): string {
  const reasons = [...Map.groupBy(unmapped, ({ why }) => why)].map(([why, fields]) => ({
    why,
    fields: fields.map(({ field }) => field),
  }));
  return [
    `Task definition of ${name}:`,
    JSON.stringify(taskDefinition, undefined, 2),
    '',
    `Not in it, of the Deployment ${name}:`,
    ...reasons.flatMap(({ why, fields }) => [
      ...fields.map((field) => `  ${field}`),
      ...wrap(why, columns - 6).map((line) => `      ${line}`),
    ]),
  ].join('\n');
}
