import { Readable } from 'node:stream';
import { type EntryLine, type EntryLines, formatOrdered } from './entry-line.ts';

/** How lines are sent. */
export interface NdjsonOptions {
  /** How many at most. */
  readonly limit: number;
  /** Whether another instance is to merge them. */
  readonly withOrder: boolean;
}

/** What is written at once, in characters: a write for each line would cost more than the line. */
const CHUNK_LENGTH = 32 * 1024;

/**
 * Lines as a stream of NDJSON. Entries are read as fast as they are taken: a slow reader holds the scan back. What fails
 * before the first line is thrown; what fails later ends the stream with an error, so that what was sent is known to be
 * incomplete.
 */
export async function ndjsonStream(lines: EntryLines, options: NdjsonOptions): Promise<Readable> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = options.limit === 0 ? { done: true as const } : await iterator.next();
  return Readable.from(chunks({ first: first.done === true ? null : first.value, iterator }, options), {
    objectMode: false,
    highWaterMark: CHUNK_LENGTH,
  });
}

async function* chunks(
  { first, iterator }: { first: EntryLine | null; iterator: AsyncIterator<EntryLine> },
  { limit, withOrder }: NdjsonOptions,
): AsyncGenerator<Buffer, void> {
  try {
    let waiting = '';
    let sent = 0;
    for (let line = first; line !== null;) {
      waiting += `${withOrder ? formatOrdered(line) : line.text}\n`;
      if (waiting.length >= CHUNK_LENGTH) {
        yield Buffer.from(waiting);
        waiting = '';
      }
      if (++sent >= limit) break;
      const next = await iterator.next();
      line = next.done === true ? null : next.value;
    }
    if (waiting !== '') yield Buffer.from(waiting);
  } finally {
    await iterator.return?.();
  }
}
