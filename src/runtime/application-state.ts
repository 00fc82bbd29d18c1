import { MillraceError } from '../core/millrace-error.ts';

/** The states of an application: those of Kafka Streams. */
export type ApplicationState =
  | 'CREATED'
  | 'REBALANCING'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'NOT_RUNNING'
  | 'PENDING_ERROR'
  | 'ERROR';

/** What moves an application from state to state. */
export type ApplicationEvent = 'start' | 'restored' | 'rebalance' | 'close' | 'fail' | 'stopped';

/** The state that follows; `ignored` stays where it is; `illegal` is refused. */
export type ApplicationOutcome = ApplicationState | 'ignored' | 'illegal';

/** What every event does in every state. */
export const applicationTransitions: Readonly<
  Record<ApplicationState, Readonly<Record<ApplicationEvent, ApplicationOutcome>>>
> = {
  CREATED: {
    start: 'REBALANCING',
    restored: 'illegal',
    rebalance: 'illegal',
    close: 'PENDING_SHUTDOWN',
    fail: 'illegal',
    stopped: 'illegal',
  },
  REBALANCING: {
    start: 'illegal',
    restored: 'RUNNING',
    rebalance: 'ignored',
    close: 'PENDING_SHUTDOWN',
    fail: 'PENDING_ERROR',
    stopped: 'illegal',
  },
  RUNNING: {
    start: 'illegal',
    restored: 'illegal',
    rebalance: 'REBALANCING',
    close: 'PENDING_SHUTDOWN',
    fail: 'PENDING_ERROR',
    stopped: 'illegal',
  },
  PENDING_SHUTDOWN: {
    start: 'illegal',
    restored: 'ignored',
    rebalance: 'ignored',
    close: 'ignored',
    fail: 'ignored',
    stopped: 'NOT_RUNNING',
  },
  NOT_RUNNING: {
    start: 'illegal',
    restored: 'illegal',
    rebalance: 'illegal',
    close: 'ignored',
    fail: 'illegal',
    stopped: 'illegal',
  },
  PENDING_ERROR: {
    start: 'illegal',
    restored: 'ignored',
    rebalance: 'ignored',
    close: 'ignored',
    fail: 'ignored',
    stopped: 'ERROR',
  },
  ERROR: {
    start: 'illegal',
    restored: 'illegal',
    rebalance: 'illegal',
    close: 'ignored',
    fail: 'illegal',
    stopped: 'illegal',
  },
};

/** The state after an event. Throws RUNTIME_STATE for one that the state does not allow. */
export function stateAfter(state: ApplicationState, event: ApplicationEvent): ApplicationState {
  const outcome = applicationTransitions[state][event];
  if (outcome === 'ignored') return state;
  if (outcome !== 'illegal') return outcome;
  throw new MillraceError('RUNTIME_STATE', `Expected the application to allow "${event}", got it in state ${state}`, {
    context: { state },
  });
}
