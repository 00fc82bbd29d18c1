import { expect, test } from 'vitest';
import { nearestName } from '../../src/core/nearest-name.ts';

const names = ['commitIntervalMs', 'partitions', 'bigint'];

test.each([
  ['commitIntervalMS', 'commitIntervalMs'],
  ['commitIntervall', 'commitIntervalMs'],
  ['partition', 'partitions'],
  ['bgint', 'bigint'],
  ['BIGINT', 'bigint'],
])('%s means %s', (typed, meant) => expect(nearestName(typed, names)).toBe(meant));

test.each(['', 'x', 'timeout', 'bigger'])('"%s" means none of them', (typed) =>
  expect(nearestName(typed, names)).toBeNull(),
);

test('of several near ones the nearest is meant', () => {
  expect(nearestName('orders1', ['orders22', 'orders2', 'orders1x', 'order1'])).toBe('orders2');
});
