import { MillraceError } from '../../core/millrace-error.ts';

/** What a source is doing. */
export type SourceState =
  | 'created'
  | 'starting'
  | 'snapshotting'
  | 'streaming'
  | 'reconnecting'
  | 'stopping'
  | 'stopped'
  | 'failed';

/** What can happen to a source. */
export type SourceEvent = 'start' | 'snapshot' | 'stream' | 'connection-lost' | 'fail' | 'stop' | 'ended';

/** The state after it, or why there is none: it changes nothing, or must not happen. */
export type Outcome = SourceState | 'ignored' | 'refused';

/**
 * Every state and every event.
 *
 * ```
 * created ─start→ starting ─snapshot→ snapshotting ─stream→ streaming
 *                    └───────────────stream───────────────────↑ ↓ snapshot, connection-lost
 *                                 snapshotting ⇄ reconnecting ⇄ streaming
 * any of these ─stop→ stopping ─ended→ stopped;   any of these ─fail→ failed
 * ```
 */
export const TRANSITIONS: Readonly<Record<SourceState, Readonly<Record<SourceEvent, Outcome>>>> = {
  created: {
    start: 'starting',
    snapshot: 'refused',
    stream: 'refused',
    'connection-lost': 'refused',
    fail: 'refused',
    stop: 'stopped',
    ended: 'refused',
  },
  starting: {
    start: 'refused',
    snapshot: 'snapshotting',
    stream: 'streaming',
    'connection-lost': 'refused',
    fail: 'failed',
    stop: 'stopping',
    ended: 'refused',
  },
  snapshotting: {
    start: 'refused',
    snapshot: 'ignored',
    stream: 'streaming',
    'connection-lost': 'reconnecting',
    fail: 'failed',
    stop: 'stopping',
    ended: 'refused',
  },
  streaming: {
    start: 'refused',
    snapshot: 'snapshotting',
    stream: 'ignored',
    'connection-lost': 'reconnecting',
    fail: 'failed',
    stop: 'stopping',
    ended: 'refused',
  },
  reconnecting: {
    start: 'refused',
    snapshot: 'snapshotting',
    stream: 'streaming',
    'connection-lost': 'ignored',
    fail: 'failed',
    stop: 'stopping',
    ended: 'refused',
  },
  stopping: {
    start: 'refused',
    snapshot: 'ignored',
    stream: 'ignored',
    'connection-lost': 'ignored',
    fail: 'failed',
    stop: 'ignored',
    ended: 'stopped',
  },
  stopped: {
    start: 'refused',
    snapshot: 'refused',
    stream: 'refused',
    'connection-lost': 'refused',
    fail: 'ignored',
    stop: 'ignored',
    ended: 'refused',
  },
  failed: {
    start: 'refused',
    snapshot: 'refused',
    stream: 'refused',
    'connection-lost': 'refused',
    fail: 'ignored',
    stop: 'ignored',
    ended: 'ignored',
  },
};

/** The state after the event. Throws INTERNAL where the table says that it must not happen. */
export function transition(state: SourceState, event: SourceEvent): SourceState {
  const outcome = TRANSITIONS[state][event];
  if (outcome === 'refused')
    throw new MillraceError('INTERNAL', `Expected no event "${event}" of a MySQL source that is ${state}`);
  return outcome === 'ignored' ? state : outcome;
}
