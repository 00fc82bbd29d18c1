import { Writable } from 'node:stream';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EntryLine } from '../../../src/server/queries/entry-line.ts';
import { ndjsonStream } from '../../../src/server/queries/ndjson-stream.ts';

const text = JSON.stringify({ key: 'k'.repeat(1000) });

function endless(): { lines: AsyncGenerator<EntryLine, void>; read: () => number; isClosed: () => boolean } {
  let read = 0;
  let closed = false;
  async function* lines(): AsyncGenerator<EntryLine, void> {
    try {
      for (;;) {
        read++;
        yield { order: Buffer.from([1]), text };
      }
    } finally {
      closed = true;
    }
  }
  return { lines: lines(), read: () => read, isClosed: () => closed };
}

test('a reader that takes nothing holds the scan back, and one that goes ends it', async () => {
  const source = endless();
  const stream = await ndjsonStream(source.lines, { limit: Infinity, withOrder: false });
  const stuck = new Writable({ highWaterMark: 1024, write: () => undefined });

  stream.pipe(stuck);
  for (let turn = 0; turn < 200; turn++) await eventLoopTurn();

  // Some chunks wait in the streams between; without backpressure there were tens of thousands of lines by now.
  expect(source.read()).toBeGreaterThan(10);
  expect(source.read()).toBeLessThan(300);
  stream.destroy();
  for (let turn = 0; turn < 20; turn++) await eventLoopTurn();
  expect(source.isClosed()).toBe(true);
});

test('what fails before the first line is thrown, later it ends the stream with the error', async () => {
  async function* failing(after: number): AsyncGenerator<EntryLine, void> {
    for (let line = 0; line < after; line++) yield { order: Buffer.alloc(0), text };
    throw new RangeError('broken');
  }
  const options = { limit: Infinity, withOrder: false };
  await expect(ndjsonStream(failing(0), options)).rejects.toThrow('broken');
  const stream = await ndjsonStream(failing(100), options);
  await expect(stream.toArray()).rejects.toThrow('broken');
});

test('a limit ends the scan', async () => {
  const source = endless();
  const stream = await ndjsonStream(source.lines, { limit: 2, withOrder: true });
  expect(Buffer.concat(await stream.toArray()).toString()).toBe(`AQ== ${text}\nAQ== ${text}\n`);
  expect([source.read(), source.isClosed()]).toEqual([2, true]);
});
