import { constants } from 'node:os';
import type { Logger } from '../core/logger.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Asks the process to stop: in order at the first signal, at once at the second. */
export interface StopSignals {
  /** Resolves with the first SIGINT or SIGTERM. */
  readonly requested: Promise<NodeJS.Signals>;
  /** Aborted by the same. */
  readonly signal: AbortSignal;
  /** Leaves signals to Node again. */
  release(): void;
}

// The longest that a timer of Node may take.
const NEVER_MS = 2 ** 31 - 1;

/**
 * Listens from now on, and keeps the process alive meanwhile: while a broker is away there may be nothing else that does. A
 * second signal ends the process with 128 and its number, as a shell counts.
 */
export function listenForStop(logger: Logger): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const aborted = new AbortController();
  const alive = setInterval(() => undefined, NEVER_MS);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (aborted.signal.aborted) process.exit(128 + constants.signals[signal]);
    logger.info('stopping; a second signal stops at once', { signal });
    aborted.abort();
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    requested: promise,
    signal: aborted.signal,
    release: () => {
      clearInterval(alive);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
