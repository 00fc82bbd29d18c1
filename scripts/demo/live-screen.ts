import type { WriteStream } from 'node:tty';
import { renderDashboard } from './render-dashboard.ts';
import type { DemoOutput } from './demo-output.ts';
import type { DashboardState } from './dashboard-state.ts';

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const clearToEndOfLine = '\u001B[K';
const clearBelow = '\u001B[J';

/** Draws the dashboard in place, over what it drew before. */
export class LiveScreen implements DemoOutput {
  readonly refreshMs = 250;
  readonly #terminal: WriteStream;
  #drawnLines = 0;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  record(): void {
    // The next drawing shows it.
  }

  refresh(state: DashboardState): void {
    const { columns, rows } = this.#terminal;
    const text = renderDashboard(state, { width: columns, height: rows - 1 });
    const up = this.#drawnLines > 0 ? `\u001B[${this.#drawnLines}A` : hideCursor;
    const lines = text.split('\n').map((line) => `${emphasize(line)}${clearToEndOfLine}\n`);
    this.#terminal.write(`\r${up}${lines.join('')}${clearBelow}`);
    this.#drawnLines = lines.length;
  }

  say(line: string): void {
    this.#terminal.write(`${line}${clearToEndOfLine}\n`);
    this.#drawnLines = 0;
  }

  close(): void {
    if (this.#drawnLines > 0) this.#terminal.write(showCursor);
    this.#drawnLines = 0;
  }
}

/** Headings are bold, rows that have just changed are green. */
function emphasize(line: string): string {
  if (/^(Millrace|Derived topics|Revenue|Latest)/.test(line)) return `\u001B[1m${line}\u001B[22m`;
  if (line.startsWith('•')) return `\u001B[32m${line}\u001B[39m`;
  return line;
}
