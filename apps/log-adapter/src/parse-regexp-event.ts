/** Events whose first line fits a pattern; the lines after it are fields, a stack, or more of the message. */
import type { ParserOf } from './config-parsers.ts';
import type { Fields } from './field-values.ts';
import { addField, failure, headFailure, joinLines, readHead, type EventParser } from './parsed-event.ts';

export function createRegExpParser(config: ParserOf<'regex'>): EventParser {
  return (lines, redactor) => {
    const firstLine = lines[0] ?? '';
    const groups = config.pattern.exec(firstLine)?.groups;
    if (groups === undefined) return failure('no_match', `what fits /${config.pattern.source}/`);
    const { time, level: levelWord, logger, msg, ...others } = groups as Partial<Record<string, string>>;
    const head = readHead(time, config.timeFormat, levelWord, config.levels);
    if (typeof head === 'string') return headFailure(head, time, levelWord, firstLine);

    const clean = (text: string): string => (redactor === undefined ? text : redactor.text(text));
    const fields: Fields = {};
    let badFields = 0;
    const add = (key: string, value: string): void => {
      badFields += addField(fields, key, value, config.fields?.keys, redactor);
    };
    for (const [key, value] of Object.entries(others)) if (value !== undefined) add(key, value);

    const message = msg === undefined ? [] : [msg];
    const stack: string[] = [];
    for (let index = 1; index < lines.length; index += 1) {
      const line = lines[index] as string;
      // A stack goes on to the end of the event: "Caused by: ..." does not look like the frames around it.
      if (stack.length > 0 || config.stack?.test(line)) {
        stack.push(line);
        continue;
      }
      const { key, value } = config.fields?.pattern.exec(line)?.groups ?? {};
      if (key !== undefined && value !== undefined) add(key, value);
      else message.push(line);
    }
    return {
      timeMs: head.timeMs,
      level: head.level,
      logger: logger === undefined ? undefined : clean(logger),
      msg: clean(joinLines(message)),
      stack: stack.length > 0 ? clean(joinLines(stack)) : undefined,
      fields,
      badFields,
      hasNoQuotes: false,
      error: undefined,
    };
  };
}
