import fc from 'fast-check';
import { expect, test } from 'vitest';
import { days, formatDuration, hours, minutes, parseDuration, seconds } from '../../src/core/duration.ts';

test.each([
  ['500ms', 500],
  ['1.5s', 1500],
  ['5min', 300_000],
  ['2 h', 7_200_000],
  ['7d', 604_800_000],
  ['250', 250],
  [' 0 ', 0],
  ['-1', -1],
])('%s is %i ms', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

test.each(['', 's', '5m', '5 minutes', '1e3', '0.5ms', '1.0001s', '10s5ms', '9007199254740992', 'NaN', '0x10'])(
  '"%s" is no duration',
  (text) => expect(parseDuration(text)).toBeNull(),
);

test('units are milliseconds', () => {
  expect([seconds(2), minutes(2), hours(2), days(2)]).toEqual([2000, 120_000, 7_200_000, 172_800_000]);
});

test('the largest unit without a fraction is shown', () => {
  expect([0, 1, 1500, 90_000, 604_800_000].map(formatDuration)).toEqual(['0ms', '1ms', '1500ms', '90s', '7d']);
});

test('what is shown is read back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer().map(minutes)), (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
    }),
  );
});
