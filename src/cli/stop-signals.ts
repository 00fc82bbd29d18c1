import { constants } from 'node:os';
import type { Logger } from '../core/logger.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Asks the process to stop: in order at the first signal, at once at the second. */
export interface StopSignals {
  /** Resolves with the first SIGINT or SIGTERM. */
  readonly requested: Promise<NodeJS.Signals>;
  /** Leaves signals to Node again. */
  release(): void;
}

/** Listens from now on. A second signal ends the process with 128 and its number, as a shell counts. */
export function listenForStop(logger: Logger): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(128 + constants.signals[signal]);
    isStopping = true;
    logger.info('stopping; a second signal stops at once', { signal });
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    requested: promise,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
