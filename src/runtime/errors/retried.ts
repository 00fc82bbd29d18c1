import type { Clock } from '../../core/clock.ts';

/** When and for how long something is tried again. */
export interface RetryOptions {
  readonly clock: Clock;
  /** How long after the first failure the next one is thrown. */
  readonly timeoutMs: number;
  /** Whether an error may go away by itself. */
  readonly retriable: (error: unknown) => boolean;
  /** Whether nobody wants the result any more; then the error is thrown. */
  readonly unwanted: () => boolean;
  /** Is told of the first failure that another try follows. */
  readonly onFailure?: (error: unknown) => void;
}

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 1000;

/** The result of a step that is tried again while its errors may go away by themselves, at growing intervals. Throws the last error. */
export async function retried<T>(step: () => Promise<T>, options: RetryOptions): Promise<T> {
  let deadlineMs = -1;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await step();
    } catch (error) {
      if (!options.retriable(error) || options.unwanted()) throw error;
      const nowMs = options.clock.now();
      const isFirst = deadlineMs < 0;
      if (isFirst) deadlineMs = nowMs + options.timeoutMs;
      if (nowMs >= deadlineMs) throw error;
      if (isFirst) options.onFailure?.(error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (options.unwanted()) throw error;
    }
  }
}
