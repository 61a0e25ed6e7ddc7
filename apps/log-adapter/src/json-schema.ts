/** The JSON Schema of the configuration file, for editors and for checks before a cluster sees it. */
import * as z from 'zod';
import { AdapterConfigSchema } from './config.ts';

/** As text, the way it is kept beside the program. */
export function configJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(AdapterConfigSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'Configuration of log-adapter', ...schema }, undefined, 2)}\n`;
}
