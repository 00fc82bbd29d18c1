import { expect, test } from 'vitest';
import { LatencyMeter } from '../../src/runtime/latency-meter.ts';

test('counts and sums for ever, but forgets the longest after a minute', () => {
  const meter = new LatencyMeter();
  meter.record(50, 1_000_000);
  meter.record(10, 1_020_000);

  expect(meter.readAt(1_029_999)).toEqual({ count: 2, totalMs: 60, maxMs: 50 });
  expect(meter.readAt(1_030_000).maxMs).toBe(50);
  meter.record(7, 1_040_000);
  expect(meter.readAt(1_060_000)).toEqual({ count: 3, totalMs: 67, maxMs: 7 });
  expect(meter.readAt(1_090_000).maxMs).toBe(0);
});

test('what was long before a pause is not of the last minute', () => {
  const meter = new LatencyMeter();
  meter.record(50, 1_000_000);

  expect(meter.readAt(9_000_000)).toEqual({ count: 1, totalMs: 50, maxMs: 0 });
});
