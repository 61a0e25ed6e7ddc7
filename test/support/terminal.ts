/** A command in a real pseudo-terminal of a given width, and what then stands on the screen. */
import { Terminal } from '@xterm/headless';
import { execa } from 'execa';
import { root } from './root.ts';

export interface Screen {
  readonly exitCode: number | undefined;
  /** The bytes that the terminal was sent. */
  readonly bytes: string;
  /** What is on the screen and above it, row by row. */
  readonly text: string;
  /** Rows that the terminal had to begin because a line was too long. */
  readonly wrappedRows: readonly string[];
  /** How many colours there are, beside the terminal's own. */
  readonly colours: number;
}

export interface TerminalOptions {
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
}

const ROWS = 24;
const SCROLLBACK = 5_000;

/** Runs a command of scripts/ under script(1), which gives it a terminal, and reads its output as a terminal does. */
export async function runInTerminal(args: readonly string[], { columns, env = {} }: TerminalOptions): Promise<Screen> {
  const command = [process.execPath, 'scripts/main.ts', ...args].map((word) => `'${word}'`).join(' ');
  const line = `stty rows ${ROWS} cols ${columns}; exec ${command}`;
  const { CI: _notHere, NO_COLOR: _neither, ...own } = process.env;
  const { exitCode, stdout } = await execa('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd: root,
    env: { ...own, TERM: 'xterm-256color', ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
  const terminal = new Terminal({ cols: columns, rows: ROWS, scrollback: SCROLLBACK, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(stdout, resolve));
  return { exitCode, bytes: stdout, ...readScreen(terminal) };
}

function readScreen({ buffer: { active }, cols }: Terminal): Pick<Screen, 'text' | 'wrappedRows' | 'colours'> {
  const lines = Array.from({ length: active.length }, (_, index) => active.getLine(index)).filter(
    (line) => line !== undefined,
  );
  const colours = new Set<string>();
  for (const line of lines) {
    for (let column = 0; column < cols; column += 1) {
      const cell = line.getCell(column);
      if (cell !== undefined && !cell.isFgDefault()) colours.add(`${cell.getFgColorMode()} ${cell.getFgColor()}`);
    }
  }
  return {
    text: lines.map((line) => line.translateToString(true)).join('\n'),
    wrappedRows: lines.filter(({ isWrapped }) => isWrapped).map((line) => line.translateToString(true)),
    colours: colours.size,
  };
}
