import { MillraceError } from '../../../core/millrace-error.ts';
import { seconds } from '../../../core/duration.ts';
import { checkDuration } from '../../windows/check-duration.ts';
import type { NamedOptions } from '../../stream-plan.ts';

/** How a failed call is made again. */
export interface RetryOptions {
  /** How many calls are made for a record at most, the first included. */
  readonly attempts: number;
  /** The wait before the second call; it doubles before each further one. Default 100. */
  readonly backoffMs?: number;
  /** The longest wait. Default 30 seconds. */
  readonly maxBackoffMs?: number;
}

/** How calls to the outside are made. */
export interface AsyncOptions extends NamedOptions {
  /** How many records of a task are in flight at most: called, waiting for their turn, or waiting to be sent on. Default 16. */
  readonly concurrency?: number;
  /** A call that takes longer has failed with ASYNC_CALL_TIMEOUT, and its signal is aborted. Default 30 seconds. */
  readonly timeoutMs?: number;
  /** Absent, each record is called once. */
  readonly retry?: RetryOptions;
}

/** What a call gets besides its record. */
export interface AsyncCall {
  /** Aborted when the call has timed out or the task is closed. Hand it on: `fetch(url, { signal })`. */
  readonly signal: AbortSignal;
  /** 1 for the first call of the record. */
  readonly attempt: number;
}

/** The options with their defaults. */
export interface CallPolicy {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** What timers take at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Throws TOPOLOGY_INVALID for a number that is out of bounds. */
export function callPolicy({ concurrency = 16, timeoutMs = seconds(30), retry }: AsyncOptions, of: string): CallPolicy {
  const { attempts, backoffMs = 100, maxBackoffMs = seconds(30) } = retry ?? { attempts: 1 };
  const waits = { of, min: 0, max: MAX_TIMER_MS };
  return {
    concurrency: checkCount('concurrency', concurrency, of),
    timeoutMs: checkDuration('timeoutMs', timeoutMs, { of, min: 1, max: MAX_TIMER_MS }),
    attempts: checkCount('retry.attempts', attempts, of),
    backoffMs: checkDuration('retry.backoffMs', backoffMs, waits),
    maxBackoffMs: checkDuration('retry.maxBackoffMs', maxBackoffMs, waits),
  };
}

/** How long to wait after a failed call, 1 being the first, in milliseconds. */
export function backoffAfter(attempt: number, { backoffMs, maxBackoffMs }: CallPolicy): number {
  return Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
}

function checkCount(name: string, value: number, of: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new MillraceError(
    'TOPOLOGY_INVALID',
    `Expected \`${name}\` of ${of} to be a whole number from 1, got ${value}`,
  );
}
