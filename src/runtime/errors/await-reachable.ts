import type { Logger } from '../../core/logger.ts';
import { describeError } from './describe-error.ts';
import { isRetriable } from './retriable-error.ts';
import { retried, type RetryOptions } from './retried.ts';

/** For how long to wait, and who is told. */
export interface AwaitReachableOptions extends Pick<RetryOptions, 'clock' | 'timeoutMs' | 'unwanted'> {
  readonly logger: Logger;
}

/**
 * The result of a step by which something begins that is to run for long: a broker or a schema registry that does not answer
 * yet is waited for, and a warning says so. Throws the last error when the time is up.
 */
export function awaitReachable<T>(step: () => Promise<T>, options: AwaitReachableOptions): Promise<T> {
  const { logger, timeoutMs } = options;
  return retried(step, {
    ...options,
    retriable: isRetriable,
    onFailure: (error) => {
      const { code, ...failure } = describeError(error);
      const missing = code === 'SCHEMA_REGISTRY_UNREACHABLE' ? 'schema registry' : 'broker';
      logger.warn(`waits for the ${missing}`, { timeoutMs, code, ...failure });
    },
  });
}
