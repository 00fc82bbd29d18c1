import type { Broker } from '../../broker/port.ts';
import type { ApplicationOptions } from '../../config/application-options.ts';
import { systemClock } from '../../core/clock.ts';
import { describeError } from '../../runtime/errors/describe-error.ts';
import { isRetriable } from '../../runtime/errors/retriable-error.ts';
import { retried } from '../../runtime/errors/retried.ts';
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
  const { taskTimeoutMs: timeoutMs } = config;
  return retried(() => openBroker(config, options), {
    clock: systemClock,
    timeoutMs,
    retriable: isRetriable,
    unwanted: () => signal?.aborted === true,
    onFailure: (error) => logger.warn('waits for the broker', { timeoutMs, ...describeError(error) }),
  });
}
