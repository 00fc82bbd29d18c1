import { expect, test, vi } from 'vitest';
import { Backoff } from '../../../src/mysql/source/backoff.ts';

/** The longest that each of these waits may take, by the timers that they set. */
async function waitsOf(backoff: Backoff, attempts: number): Promise<number[]> {
  const waits: number[] = [];
  const timers = vi.spyOn(globalThis, 'setTimeout');
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const waiting = backoff.wait();
      waits.push(timers.mock.lastCall?.[1] ?? 0);
      backoff.wakeup();
      await waiting;
    }
    return waits;
  } finally {
    timers.mockRestore();
  }
}

test('each failure in a row waits up to twice as long as the one before, at least half of that, and never beyond the limit', async () => {
  const waits = await waitsOf(new Backoff(1000), 6);

  for (const [index, longest] of [100, 200, 400, 800, 1000, 1000].entries()) {
    expect(waits[index]).toBeLessThanOrEqual(longest);
    expect(waits[index]).toBeGreaterThanOrEqual(longest / 2);
  }
});

test('after a success the next wait is short again', async () => {
  const backoff = new Backoff(1000);
  await waitsOf(backoff, 5);
  backoff.reset();

  expect((await waitsOf(backoff, 1))[0]).toBeLessThanOrEqual(100);
});
