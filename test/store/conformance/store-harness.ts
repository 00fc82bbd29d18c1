import { join } from 'node:path';
import type { StoreBackend } from '../../../src/store/engine.ts';
import type { BufferedStore, ChangelogRecord } from '../../../src/store/layers/buffered-store.ts';
import { createStore } from '../../../src/store/layers/create-store.ts';
import type { StoreUser } from '../../../src/store/expiring-windows.ts';
import type { StoreSpec, TimestampedKeyValueStore } from '../../../src/store/store.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

/** A declared store with all it is kept in, on engines of one backend, as a task has it: commits, restarts, restores. */
export class StoreHarness implements StoreUser, AsyncDisposable {
  streamTimeMs = -1;
  readonly dropped: string[] = [];
  readonly #backend: StoreBackend;
  readonly #specs: readonly StoreSpec<any, any>[];
  readonly #directory: TemporaryDirectory;
  readonly #stores = new Map<string, BufferedStore<any, any>>();
  readonly #changelogs = new Map<string, ChangelogRecord[]>();
  #generation = 0;

  private constructor(backend: StoreBackend, spec: StoreSpec<any, any>, directory: TemporaryDirectory) {
    this.#backend = backend;
    this.#specs = [spec, ...(spec.companions ?? [])];
    this.#directory = directory;
  }

  static async open(backend: StoreBackend, spec: StoreSpec<any, any>): Promise<StoreHarness> {
    const harness = new StoreHarness(backend, spec, await temporaryDirectory());
    await harness.#open();
    return harness;
  }

  store<K, V>(name: string): TimestampedKeyValueStore<K, V> {
    return this.#stores.get(name) as BufferedStore<any, any>;
  }

  recordDropped(reason: string): void {
    this.dropped.push(reason);
  }

  /** Writes what was put to the changelogs and the engines. */
  async commit(): Promise<void> {
    for (const [name, store] of this.#stores) {
      const changelog = this.#changelogs.get(name) as ChangelogRecord[];
      changelog.push(...store.seal());
      await store.flush(changelog.length);
    }
  }

  /** Commits, closes and opens again: from the files where they outlive that, else from the changelogs. */
  async restart(): Promise<void> {
    await this.commit();
    await this.#close();
    await this.#open();
    if (!this.#backend.persistent) await this.#replay();
  }

  /** Commits, and makes all of it anew from the changelogs, as another machine would. */
  async restore(): Promise<void> {
    await this.commit();
    await this.#close();
    this.#generation++;
    await this.#open();
    await this.#replay();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#directory[Symbol.asyncDispose]();
  }

  async #open(): Promise<void> {
    for (const spec of this.#specs) {
      const engine = await this.#backend.open(join(this.#directory.path, `${spec.name}-${this.#generation}`));
      this.#stores.set(spec.name, createStore(spec, engine));
      if (!this.#changelogs.has(spec.name)) this.#changelogs.set(spec.name, []);
    }
  }

  async #replay(): Promise<void> {
    for (const [name, store] of this.#stores) {
      const changelog = this.#changelogs.get(name) as ChangelogRecord[];
      await store.restore(changelog, changelog.length);
    }
  }

  async #close(): Promise<void> {
    for (const store of this.#stores.values()) await store.close();
    this.#stores.clear();
  }
}
