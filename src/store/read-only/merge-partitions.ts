import type { Serde } from '../../serde/serde.ts';
import type { StoreCursor, StoreEntry } from '../store.ts';

/** A scan of one partition; `partition` is handed out with each entry. */
export interface PartitionScan<P, K, V> {
  readonly partition: P;
  readonly keySerde: Serde<K>;
  readonly cursor: StoreCursor<K, V>;
}

/** An entry and the partition it is of. */
export interface PartitionEntry<P, K, V> {
  readonly partition: P;
  readonly entry: StoreEntry<K, V>;
}

/** The entries of several scans in one order, that of the key bytes. A loop that is left early closes all of them. */
export async function* mergePartitions<P, K, V>(
  scans: readonly PartitionScan<P, K, V>[],
  reverse: boolean,
): AsyncGenerator<PartitionEntry<P, K, V>, void> {
  const heads = scans.map((scan) => new PartitionHead(scan));
  try {
    for (const head of heads) await head.fill();
    for (;;) {
      const next = firstInOrder(heads, reverse);
      if (next === null) return;
      yield { partition: next.partition, entry: next.entry as StoreEntry<K, V> };
      if (next.advance()) await next.fill();
    }
  } finally {
    for (const head of heads) await head.close();
  }
}

/** Where a scan is in one partition. */
class PartitionHead<P, K, V> {
  readonly partition: P;
  readonly #keySerde: Serde<K>;
  readonly #cursor: StoreCursor<K, V>;
  #batch: readonly StoreEntry<K, V>[] = [];
  #at = 0;
  /** The next entry; null at the end. */
  entry: StoreEntry<K, V> | null = null;

  constructor({ partition, keySerde, cursor }: PartitionScan<P, K, V>) {
    this.partition = partition;
    this.#keySerde = keySerde;
    this.#cursor = cursor;
  }

  get key(): Buffer {
    return (this.entry as StoreEntry<K, V>).key.bytes(this.#keySerde);
  }

  /** Reads the next batch. */
  async fill(): Promise<void> {
    this.#batch = await this.#cursor.next();
    this.#at = 0;
    this.entry = this.#batch[0] ?? null;
  }

  /** Goes to the next entry; true when the batch is used up and the next one must be read. */
  advance(): boolean {
    this.entry = this.#batch[++this.#at] ?? null;
    return this.entry === null;
  }

  async close(): Promise<void> {
    await this.#cursor.close();
  }
}

function firstInOrder<P, K, V>(
  heads: readonly PartitionHead<P, K, V>[],
  reverse: boolean,
): PartitionHead<P, K, V> | null {
  let first: PartitionHead<P, K, V> | null = null;
  for (const head of heads) {
    if (head.entry === null) continue;
    if (first === null || head.key.compare(first.key) < 0 !== reverse) first = head;
  }
  return first;
}
