import { describe, expect, test } from 'vitest';
import {
  type ApplicationEvent,
  type ApplicationState,
  applicationTransitions,
  stateAfter,
} from '../../src/runtime/application-state.ts';

const events: readonly ApplicationEvent[] = ['start', 'restored', 'close', 'fail', 'stopped'];

/** The state after each event in the order above; `-` is ignored, `!` refused. */
const expected: Readonly<Record<ApplicationState, readonly string[]>> = {
  CREATED: ['REBALANCING', '!', 'PENDING_SHUTDOWN', '!', '!'],
  REBALANCING: ['!', 'RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR', '!'],
  RUNNING: ['!', '!', 'PENDING_SHUTDOWN', 'PENDING_ERROR', '!'],
  PENDING_SHUTDOWN: ['!', '-', '-', '-', 'NOT_RUNNING'],
  NOT_RUNNING: ['!', '!', '-', '!', '!'],
  PENDING_ERROR: ['!', '-', '-', '-', 'ERROR'],
  ERROR: ['!', '!', '-', '!', '!'],
};

const cells = Object.entries(expected).flatMap(([state, outcomes]) =>
  events.map((event, index) => [state as ApplicationState, event, outcomes[index] as string] as const),
);

test('every state has an outcome for every event', () => {
  expect(Object.keys(applicationTransitions)).toEqual(Object.keys(expected));
  expect(cells).toHaveLength(35);
});

describe.each(cells)('%s at %s', (state, event, outcome) => {
  test(`has the outcome ${outcome}`, () => {
    if (outcome === '!') {
      expect(() => stateAfter(state, event)).toThrow(
        `Expected the application to allow "${event}", got it in state ${state}`,
      );
    } else {
      expect(stateAfter(state, event)).toBe(outcome === '-' ? state : outcome);
    }
  });
});
