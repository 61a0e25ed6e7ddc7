/** What a command says while it works: one line a step, with elapsed time, on stderr. */
import { styleText } from 'node:util';
import { escapeControls } from './escape-controls.ts';

export interface Progress {
  /** Runs one step. `note` tells what it is at; the time it took is kept under its key. */
  step<Result>(key: string, title: string, work: (note: (text: string) => void) => Promise<Result>): Promise<Result>;
  /** Lines that stay, between the steps. */
  say(text: string): void;
  /** Seconds that each step took, in order. */
  readonly durations: Readonly<Record<string, number>>;
}

export interface Terminal {
  readonly write: (text: string) => void;
  /** Whether the line can be rewritten: a terminal, and not one that is called dumb. */
  readonly isInteractive: boolean;
  readonly columns: number;
  /** The stream that decides about colours. */
  readonly stream: NodeJS.WriteStream;
}

const REFRESH_MS = 100;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** On a terminal the line of the running step is rewritten; elsewhere each event is a line of its own. */
export function createProgress(terminal: Terminal): Progress {
  const durations: Record<string, number> = {};
  const colour = (format: 'green' | 'red' | 'dim' | 'cyan', text: string) =>
    styleText(format, text, { stream: terminal.stream });

  return {
    durations,
    say(text) {
      terminal.write(`${text}\n`);
    },
    async step(key, title, work) {
      const startedAt = performance.now();
      const seconds = () => (performance.now() - startedAt) / 1000;
      const elapsed = () => colour('dim', formatDuration(seconds()));
      let detail = '';
      const clear = () => terminal.isInteractive && terminal.write('\r\u001B[2K');
      const draw = () => {
        const frame = FRAMES[Math.floor(performance.now() / REFRESH_MS) % FRAMES.length] ?? '';
        const plain = `${title}${detail && `: ${detail}`}`;
        const room = Math.max(terminal.columns - 14, 10);
        clear();
        terminal.write(`${colour('cyan', frame)} ${plain.slice(0, room)} ${elapsed()}`);
      };
      const timer = terminal.isInteractive ? setInterval(draw, REFRESH_MS) : undefined;
      if (!terminal.isInteractive) terminal.write(`… ${title}\n`);
      try {
        const result = await work((text) => {
          const shown = escapeControls(text);
          if (shown === detail) return;
          detail = shown;
          if (!terminal.isInteractive) terminal.write(`  ${shown}\n`);
        });
        clear();
        terminal.write(`${colour('green', '✓')} ${title} ${elapsed()}\n`);
        return result;
      } catch (error) {
        clear();
        terminal.write(`${colour('red', '✗')} ${title} ${elapsed()}\n`);
        throw error;
      } finally {
        clearInterval(timer);
        durations[key] = Math.round(seconds() * 10) / 10;
      }
    },
  };
}

/** Such as `0.4 s`, `12 s` and `3 min 05 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
