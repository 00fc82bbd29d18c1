import { expect, test } from 'vitest';
import { transition, TRANSITIONS, type SourceEvent, type SourceState } from '../../../src/mysql/source/source-state.ts';

const STATES: readonly SourceState[] = [
  'created',
  'starting',
  'snapshotting',
  'streaming',
  'reconnecting',
  'stopping',
  'stopped',
  'failed',
];

/** By event, the outcome in each of the states above: their first letters, - changes nothing, ! must not happen. */
const EXPECTED: Readonly<Record<SourceEvent, string>> = {
  start: 'S ! ! ! ! ! ! !',
  snapshot: '! n - n n - ! !',
  stream: '! m m - m - ! !',
  'connection-lost': '! ! r r - - ! !',
  fail: '! f f f f f - -',
  stop: 'd p p p p - - -',
  ended: '! ! ! ! ! d ! -',
};

const LETTERS: Readonly<{ [letter: string]: SourceState }> = {
  S: 'starting',
  n: 'snapshotting',
  m: 'streaming',
  r: 'reconnecting',
  p: 'stopping',
  d: 'stopped',
  f: 'failed',
};

const CELLS = Object.entries(EXPECTED).flatMap(([event, row]) =>
  row
    .split(' ')
    .map((letter, index): [SourceState, SourceEvent, string] => [
      STATES[index] as SourceState,
      event as SourceEvent,
      letter,
    ]),
);

test('the table has every state and event, and nothing else', () => {
  expect(Object.keys(TRANSITIONS)).toEqual(STATES);
  expect(CELLS).toHaveLength(STATES.length * Object.keys(TRANSITIONS.created).length);
});

test.each(CELLS)('%s, %s: %s', (state, event, letter) => {
  if (letter === '!') expect(() => transition(state, event)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  else expect(transition(state, event)).toBe(letter === '-' ? state : LETTERS[letter]);
});
