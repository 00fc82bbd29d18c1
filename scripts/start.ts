import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/core/clock.ts';
import { describeContext, MillraceError } from '../src/core/millrace-error.ts';
import type { DemoOutput } from './demo/demo-output.ts';
import { LineOutput } from './demo/line-output.ts';
import { LiveScreen } from './demo/live-screen.ts';
import { runDemo } from './demo/run-demo.ts';

const help = `npm start -- [options]

Runs a small shop in a real MySQL server, keeps changing it, and shows what the topologies derive from it.

  --reset            start over: forget the shop and everything derived from it
  --rate ROWS        row changes per second (default 50)
  --directory DIR    where the data goes (default .millrace/demo)
  --help             this text

MILLRACE_MYSQL_URL: a server to use instead, mysql://user:password@host:port; the demo makes the database "shop" there.`;

// A terminal, npm and the starting script may each pass one Ctrl-C on.
const sameKeystrokeMs = 500;

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  if (options.help) {
    console.log(help);
    return 0;
  }
  const output = process.stdout.isTTY ? new LiveScreen(process.stdout) : new LineOutput(process.stdout, systemClock);
  try {
    await runDemo({ ...options, output, signal: stopSignal(output) });
    output.close();
    output.say('stopped. `npm start` goes on from here; `npm start -- --reset` starts over.');
    return 0;
  } catch (error) {
    output.close();
    output.say(describeError(error));
    return 1;
  }
}

function readOptions(): { help: boolean; reset: boolean; changesPerSecond: number; directory: string } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        rate: { type: 'string', default: '50' },
        directory: { type: 'string', default: join(import.meta.dirname, '..', '.millrace', 'demo') },
      },
    });
    const changesPerSecond = Number(values.rate);
    if (!(changesPerSecond > 0)) throw new Error(`Expected --rate to be a number above 0, got ${values.rate}`);
    return { help: values.help, reset: values.reset, changesPerSecond, directory: values.directory };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return undefined;
  }
}

/** The first signal (or the end of the process that started this one) stops in order; a second Ctrl-C stops at once. */
function stopSignal(output: DemoOutput): AbortSignal {
  const stop = new AbortController();
  let firstAtMs = 0;
  const stopInOrder = (): void => {
    if (stop.signal.aborted) return;
    firstAtMs = systemClock.now();
    stop.abort();
    output.close();
    output.say('stopping ... (Ctrl-C again: at once)');
  };
  for (const event of ['SIGTERM', 'SIGHUP', 'disconnect']) process.on(event, stopInOrder);
  process.on('SIGINT', () => {
    if (stop.signal.aborted && systemClock.now() - firstAtMs > sameKeystrokeMs) process.exit(130);
    stopInOrder();
  });
  return stop.signal;
}

function describeError(error: unknown): string {
  if (!(error instanceof MillraceError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const place = describeContext(error.context);
  return `${error.code}: ${error.message}${place ? ` (${place})` : ''}\n${error.remedy}`;
}

process.exit(await main());
