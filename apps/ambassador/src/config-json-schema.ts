/** The configuration's schema for editors and other programs. `ambassador.schema.json` is the same; a test compares. */
import * as z from 'zod';
import { configSchema } from './config.ts';

/** JSON Schema (draft 2020-12) of the file as people write it. What holds between values only `validate` knows. */
export function createConfigJsonSchema(): Record<string, unknown> {
  return { title: 'Configuration of the ambassador', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}
