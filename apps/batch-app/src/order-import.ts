/** One import: reads the orders of a file. Now and then a file has an amount in it that is no number. */
import type { WriteLog } from './rolling-log.ts';
import { Throwable, type Frame } from './throwable.ts';

const LOGGER = 'com.example.batch.OrderImport';

const RUN: readonly Frame[] = [
  { method: `${LOGGER}.run`, at: 'OrderImport.java:42' },
  { method: 'java.base/java.util.concurrent.ThreadPoolExecutor.runWorker', at: 'ThreadPoolExecutor.java:1144' },
  { method: 'java.base/java.lang.Thread.run', at: 'Thread.java:1583' },
];
const READ_ORDER: readonly Frame[] = [{ method: `${LOGGER}.readOrder`, at: 'OrderImport.java:77' }, ...RUN];
const PARSE_DOUBLE: readonly Frame[] = [
  { method: 'java.base/jdk.internal.math.FloatingDecimal.readJavaFormatString', at: 'FloatingDecimal.java:2054' },
  { method: 'java.base/java.lang.Double.parseDouble', at: 'Double.java:651' },
  { method: `${LOGGER}.readAmount`, at: 'OrderImport.java:91' },
  ...READ_ORDER,
];

export interface ImportRun {
  readonly run: number;
  /** Name of the file; it is only for the log. */
  readonly file: string;
  /** Its lines: number, semicolon, amount. */
  readonly lines: readonly string[];
}

export interface ImportTools {
  readonly write: WriteLog;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** True if it went well. Lines without an amount are left out, with a warning; a wrong amount ends it. */
export function importOrders({ run, file, lines }: ImportRun, { write, nowMs }: ImportTools): boolean {
  const begunMs = nowMs();
  const common = { thread: `import-${run % 4}`, logger: LOGGER, context: { run, file } };
  const finish = (read: number, skipped: number) => ({
    took: `${(nowMs() - begunMs).toFixed(3)}ms`,
    read,
    skipped,
  });
  write({ ...common, level: 'DEBUG', message: `Reading ${lines.length} lines` });
  let [read, skipped] = [0, 0];
  try {
    for (const [index, line] of lines.entries()) {
      const amount = line.split(';')[1] ?? '';
      if (amount === '') {
        skipped += 1;
        write({ ...common, level: 'WARN', message: `Line ${index + 1} has no amount` });
        continue;
      }
      readAmount(amount, index + 1);
      read += 1;
    }
    write({ ...common, level: 'INFO', message: 'Import finished', values: finish(read, skipped) });
    return true;
  } catch (error) {
    if (!(error instanceof Throwable)) throw error;
    write({ ...common, level: 'ERROR', message: 'Import failed', values: finish(read, skipped), error });
    return false;
  }
}

function readAmount(amount: string, line: number): number {
  if (/^\d+(?:\.\d+)?$/.test(amount)) return Number(amount);
  const message = `For input string: "${amount}"`;
  const cause = new Throwable('java.lang.NumberFormatException', message, PARSE_DOUBLE);
  throw new Throwable('com.example.batch.ImportException', `line ${line} cannot be used`, READ_ORDER, cause);
}

/** The orders that come in: every third file lacks an amount, every fifth has one with a comma. */
export function nextFile(run: number): ImportRun {
  const lines = Array.from({ length: 20 }, (_, index) => `${run * 100 + index};${(index * 1.25).toFixed(2)}`);
  if (run % 3 === 0) lines[7] = `${run * 100 + 7};`;
  if (run % 5 === 0) lines[11] = `${run * 100 + 11};4,50`;
  return { run, file: `orders-${String(run).padStart(4, '0')}.csv`, lines };
}
