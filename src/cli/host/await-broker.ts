import type { Broker } from '../../broker/port.ts';
import type { ApplicationOptions } from '../../config/application-options.ts';
import { systemClock } from '../../core/clock.ts';
import { awaitReachable } from '../../runtime/errors/await-reachable.ts';
import { openBroker, type OpenBrokerOptions } from './open-broker.ts';

/**
 * As `openBroker`, for what is to run for long: a cluster that does not answer yet is waited for, up to `taskTimeoutMs` or
 * until the signal is aborted, and a warning says so.
 */
export function awaitBroker(
  config: ApplicationOptions,
  options: OpenBrokerOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Broker> {
  const { logger, signal } = options;
  return awaitReachable(() => openBroker(config, options), {
    clock: systemClock,
    logger,
    timeoutMs: config.taskTimeoutMs,
    unwanted: () => signal?.aborted === true,
  });
}
