/** A line of an answer, and where it belongs among those of other instances: lines are in the order of these bytes. */
export interface EntryLine {
  readonly order: Buffer;
  /** JSON. */
  readonly text: string;
}

/** Lines of an answer, in order. */
export type EntryLines = AsyncIterable<EntryLine>;

const LINE_FEED = 0x0a;
const SPACE = 0x20;

/** As instances send it to each other: the order in base64, a space, the text. */
export function formatOrdered({ order, text }: EntryLine): string {
  return `${order.toString('base64')} ${text}`;
}

/** Reads what `formatOrdered` has made, from a stream of bytes. Throws what the stream fails with. */
export async function* readOrdered(chunks: AsyncIterable<Buffer>): AsyncGenerator<EntryLine, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED)) {
      const space = bytes.indexOf(SPACE);
      yield {
        order: Buffer.from(bytes.toString('latin1', 0, space), 'base64'),
        text: bytes.toString('utf8', space + 1, end),
      };
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
}

/** The lines of several sources in one order. What is left early closes all of them. */
export async function* mergeLines(sources: readonly EntryLines[], reverse: boolean): AsyncGenerator<EntryLine, void> {
  const heads = sources.map((source): LineHead => ({ iterator: source[Symbol.asyncIterator](), line: null }));
  try {
    // Other instances answer beside each other.
    await Promise.all(heads.map(advance));
    for (let first = firstInOrder(heads, reverse); first !== null; first = firstInOrder(heads, reverse)) {
      yield first.line as EntryLine;
      await advance(first);
    }
  } finally {
    await Promise.allSettled(heads.map(async ({ iterator }) => iterator.return?.()));
  }
}

/** Where a source is; null: at its end. */
interface LineHead {
  readonly iterator: AsyncIterator<EntryLine>;
  line: EntryLine | null;
}

function firstInOrder(heads: readonly LineHead[], reverse: boolean): LineHead | null {
  let first: LineHead | null = null;
  for (const head of heads) {
    if (head.line === null) continue;
    const known: EntryLine | null = first === null ? null : first.line;
    if (known === null || head.line.order.compare(known.order) < 0 !== reverse) first = head;
  }
  return first;
}

async function advance(head: LineHead): Promise<void> {
  const next = await head.iterator.next();
  head.line = next.done === true ? null : next.value;
}
