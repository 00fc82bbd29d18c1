import { createHash } from 'node:crypto';
import type { Broker, ConsumedRecord } from '../../src/broker/port.ts';

/** What came out of a run: how much, and a digest by which two runs are the same or not. */
export interface OutputDigest {
  readonly records: number;
  /** Of keys that have a last value, or of records. */
  readonly entries: number;
  readonly digest: string;
}

/** Bits of each half of a digest: numbers are exact up to 53. */
const HALF_BYTES = 6;
const HALF = 2 ** (8 * HALF_BYTES);

/**
 * Reads the records of a topic: all of them, or of each key the last. The order of keys does not count, nor how JSON is
 * written: the order of fields, `1.0` or `1`.
 */
export async function digestOutputs(
  broker: Broker,
  { topic, partitions, outputs }: { topic: string; partitions: number; outputs: 'records' | 'table' },
): Promise<OutputDigest> {
  const sum = new EntrySum();
  const last = new Map<string, Buffer>();
  let records = 0;
  await readAll(broker, { topic, partitions }, ({ key, value }) => {
    records++;
    const name = String(key);
    if (outputs === 'records') sum.add(name, value);
    else if (value === null) last.delete(name);
    else last.set(name, value);
  });
  for (const [name, value] of last) sum.add(name, value);
  return { records, entries: sum.entries, digest: sum.toString() };
}

/** Adds up the hashes of entries, so that their order does not count, but how often each is there does. */
class EntrySum {
  entries = 0;
  #high = 0;
  #low = 0;

  add(key: string, value: Buffer | null): void {
    const text = `${canonical(key)}\t${value === null ? 'null' : canonical(value.toString('utf8'))}`;
    const hash = createHash('sha1').update(text).digest();
    this.entries++;
    this.#high = (this.#high + hash.readUIntBE(0, HALF_BYTES)) % HALF;
    this.#low = (this.#low + hash.readUIntBE(HALF_BYTES, HALF_BYTES)) % HALF;
  }

  toString(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(2 * HALF_BYTES, '0')).join('');
  }
}

async function readAll(
  broker: Broker,
  { topic, partitions }: { topic: string; partitions: number },
  see: (record: ConsumedRecord) => void,
): Promise<void> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = await broker.admin.listOffsets(all, 'latest');
  const positions = ends.map(() => 0);
  const consumer = await broker.openConsumer();
  consumer.assign(all.map((each) => ({ ...each, offset: 0 })));
  while (ends.some(({ partition, offset }) => (positions[partition] as number) < offset)) {
    const { batches } = await consumer.poll({ maxWaitMs: 100, maxBytes: 4 << 20 });
    for (const { records, partition, nextOffset } of batches) {
      for (const record of records) see(record);
      positions[partition] = nextOffset;
    }
  }
  await consumer.close();
}

function canonical(text: string): string {
  return JSON.stringify(sorted(JSON.parse(text)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
