/** Exceptions that know where they came from and what caused them, printed as Java prints them. */

export interface Frame {
  /** Class and method, such as `com.example.batch.OrderImport.run`. */
  readonly method: string;
  /** Source file and line, such as `OrderImport.java:42`. */
  readonly at: string;
}

export class Throwable extends Error {
  readonly className: string;
  /** The innermost call first. */
  readonly frames: readonly Frame[];

  constructor(className: string, message: string, frames: readonly Frame[], cause?: Throwable) {
    super(message, { cause });
    this.className = className;
    this.frames = frames;
  }
}

/** The lines of a stack trace; what a cause has in common with what it caused is only counted (`... 2 more`). */
export function printStackTrace(throwable: Throwable, enclosing: readonly Frame[] = []): string[] {
  const { className, message, frames, cause } = throwable;
  let common = 0;
  while (
    common < Math.min(frames.length, enclosing.length) &&
    isSame(frames.at(-1 - common), enclosing.at(-1 - common))
  ) {
    common += 1;
  }
  const own = frames.slice(0, frames.length - common).map(({ method, at }) => `\tat ${method}(${at})`);
  const more = common > 0 ? [`\t... ${common} more`] : [];
  const begin = `${enclosing.length > 0 ? 'Caused by: ' : ''}${className}: ${message}`;
  const causes = cause instanceof Throwable ? printStackTrace(cause, frames) : [];
  return [begin, ...own, ...more, ...causes];
}

function isSame(one: Frame | undefined, other: Frame | undefined): boolean {
  return one?.method === other?.method && one?.at === other?.at;
}
