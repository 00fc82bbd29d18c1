import { expect } from 'vitest';
import { Datum } from '../../../src/serde/datum.ts';
import type { StoreBackend } from '../../../src/store/engine.ts';
import { BufferedStore } from '../../../src/store/layers/buffered-store.ts';
import type { StoreCursor } from '../../../src/store/store.ts';
import { latin1Serde, readAll, storeSpec } from './store-samples.ts';

interface Stored {
  readonly value: string;
  readonly timestamp: number;
}

/** A null is a delete. */
type Changes = Map<string, { readonly value: string | null; readonly timestamp: number }>;

interface ModelOptions {
  readonly backend: StoreBackend;
  readonly directory: string;
  readonly scans: boolean;
  readonly cacheBytes: number;
}

/** A buffered store beside three plain maps that say what it must hold. Every check compares the two. */
export class BufferedStoreModel implements AsyncDisposable {
  readonly #options: ModelOptions;
  #store: BufferedStore<string, string>;
  #committed = new Map<string, Stored>();
  #position: number | null = null;
  #sealed: Changes | null = null;
  #buffer: Changes = new Map();
  #flush: Promise<void> | null = null;

  private constructor(options: ModelOptions, store: BufferedStore<string, string>) {
    this.#options = options;
    this.#store = store;
  }

  static async open(options: ModelOptions): Promise<BufferedStoreModel> {
    return new BufferedStoreModel(options, await openStore(options));
  }

  put(key: string, value: string, timestamp: number): void {
    this.#store.put(Datum.ofValue(key), Datum.ofValue(value), timestamp);
    this.#buffer.set(key, { value, timestamp });
  }

  delete(key: string): void {
    this.#store.put(Datum.ofValue(key), null, 0);
    this.#buffer.set(key, { value: null, timestamp: 0 });
  }

  checkGet(key: string): void {
    const found = this.#store.get(Datum.ofValue(key));
    const expected = this.#view().get(key) ?? null;
    expect(found === null ? null : { value: found.datum.value, timestamp: found.timestamp }).toEqual(expected);
  }

  async checkPrefix(prefix: string): Promise<void> {
    await this.#checkScan(this.#store.scanPrefix(latin1Serde.serialize(prefix)), (key) => key.startsWith(prefix));
  }

  async checkRange(from: string | null, to: string | null, reverse: boolean): Promise<void> {
    const cursor = this.#store.scanRange(
      from === null ? null : Datum.ofValue(from),
      to === null ? null : Datum.ofValue(to),
      { reverse },
    );
    const within = (key: string): boolean => (from === null || key >= from) && (to === null || key <= to);
    await this.#checkScan(cursor, within, reverse);
  }

  /** Waits for a flush under way; when nothing was flushed since the last seal, a second one must be refused. */
  async seal(): Promise<void> {
    await this.finishFlush();
    if (this.#sealed !== null) {
      expect(() => this.#store.seal()).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
      return;
    }
    const records = this.#store.seal().map(({ key, value, timestamp }) => ({
      key: key.toString('latin1'),
      value: value === null ? null : value.toString('utf8'),
      timestamp,
    }));
    expect(records).toEqual([...this.#buffer].map(([key, change]) => ({ key, ...change })));
    this.#sealed = this.#buffer;
    this.#buffer = new Map();
  }

  /** The flush goes on while the next steps run. */
  startFlush(): void {
    if (this.#sealed === null || this.#flush !== null) return;
    this.#flush = this.#store.flush((this.#position ?? 0) + 10);
  }

  async finishFlush(): Promise<void> {
    if (this.#flush === null) return;
    await this.#flush;
    this.#flush = null;
    this.#committed = apply(this.#committed, this.#sealed as Changes);
    this.#sealed = null;
    this.#position = (this.#position ?? 0) + 10;
    expect(this.#store.position).toBe(this.#position);
  }

  /** Closes without flushing: what was not flushed is gone. A store in memory is then restored as from its changelog. */
  async reopen(): Promise<void> {
    await this.finishFlush();
    await this.#store.close();
    this.#sealed = null;
    this.#buffer = new Map();
    this.#store = await openStore(this.#options);
    if (!this.#options.backend.persistent && this.#position !== null) {
      expect(this.#store.position).toBeNull();
      await this.#store.restore(changelogOf(this.#committed), this.#position);
    }
    expect(this.#store.position).toBe(this.#position);
    await this.checkRange(null, null, false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush;
    await this.#store.close();
  }

  async #checkScan(
    cursor: StoreCursor<string, string>,
    within: (key: string) => boolean,
    reverse = false,
  ): Promise<void> {
    const found = await readAll(cursor);
    const expected = [...this.#view()]
      .filter(([key]) => within(key))
      .map(([key, stored]) => ({ key, ...stored }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(found).toEqual(reverse ? expected.toReversed() : expected);
  }

  #view(): Map<string, Stored> {
    return apply(apply(this.#committed, this.#sealed ?? new Map()), this.#buffer);
  }
}

async function openStore(options: ModelOptions): Promise<BufferedStore<string, string>> {
  const engine = await options.backend.open(options.directory);
  return new BufferedStore(storeSpec({ scans: options.scans }), engine, { cacheBytes: options.cacheBytes });
}

function apply(base: Map<string, Stored>, changes: Changes): Map<string, Stored> {
  const result = new Map(base);
  for (const [key, { value, timestamp }] of changes) {
    if (value === null) result.delete(key);
    else result.set(key, { value, timestamp });
  }
  return result;
}

/** As a changelog that is not compacted yet: an older value and a tombstone come before what counts. */
function changelogOf(committed: Map<string, Stored>): { key: Buffer; value: Buffer | null; timestamp: number }[] {
  return [...committed].flatMap(([key, { value, timestamp }]) => [
    { key: latin1Serde.serialize(key), value: Buffer.from('older'), timestamp: 1 },
    { key: latin1Serde.serialize(key), value: null, timestamp: 2 },
    { key: latin1Serde.serialize(key), value: Buffer.from(value), timestamp },
  ]);
}
