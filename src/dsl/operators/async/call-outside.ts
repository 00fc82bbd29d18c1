import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../../core/millrace-error.ts';
import { type AsyncCall, backoffAfter, type CallPolicy } from './async-options.ts';

/** One call of a record. */
export type Attempt<R> = (call: AsyncCall) => Promise<R>;

/**
 * Calls until one call succeeds, at most as often as the policy says. Rejects with what the last one failed with, which is
 * ASYNC_CALL_TIMEOUT for one that took too long, or when `closed` is aborted.
 */
export async function callOutside<R>(attempt: Attempt<R>, policy: CallPolicy, closed: AbortSignal): Promise<R> {
  for (let number = 1; ; number++) {
    try {
      return await callOnce(attempt, { policy, closed, number });
    } catch (error) {
      if (number >= policy.attempts || closed.aborted) throw error;
    }
    await delay(backoffAfter(number, policy), undefined, { signal: closed });
  }
}

async function callOnce<R>(
  attempt: Attempt<R>,
  { policy, closed, number }: { policy: CallPolicy; closed: AbortSignal; number: number },
): Promise<R> {
  closed.throwIfAborted();
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    controller.abort(reason);
    reject(reason);
  };
  const timer = setTimeout(() => end(timeout(policy.timeoutMs)), policy.timeoutMs);
  const onClose = (): void => end(closed.reason);
  closed.addEventListener('abort', onClose, { once: true });
  try {
    return await Promise.race([attempt({ signal: controller.signal, attempt: number }), ended]);
  } finally {
    clearTimeout(timer);
    closed.removeEventListener('abort', onClose);
  }
}

function timeout(timeoutMs: number): MillraceError {
  return new MillraceError(
    'ASYNC_CALL_TIMEOUT',
    `Expected the call to end within \`timeoutMs\` (${timeoutMs}), got no result`,
  );
}
