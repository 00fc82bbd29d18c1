import { MillraceError } from '../../core/millrace-error.ts';
import type { Serde } from '../../serde/serde.ts';
import type { Migration } from '../../store/store.ts';
import { versionedShape } from '../../store/versioned-store.ts';
import type { DslContext } from '../dsl-context.ts';
import { openCachedRows } from './cached-rows.ts';
import { latestRows, type TableStorePlan } from './table-store.ts';
import { versionedRows } from './versioned-rows.ts';

/** How a table is kept. */
export interface StoreOptions {
  /** `memory` keeps it in memory, restored from its changelog at each start. Default `persistent`. */
  readonly storage?: 'persistent' | 'memory';
  /**
   * Keeps the history of each row too: streams are then joined with the row as it was at the time of their records. What is
   * older than `historyRetentionMs` before the newest row is refused.
   */
  readonly versioned?: { readonly historyRetentionMs: number };
  /** Keeps only the rows read or written last, in memory; the others are forgotten, as if they had never been. */
  readonly lru?: { readonly maxEntries: number };
  /** Whether its updates are held back until the next commit where the application has a record cache. Default true. */
  readonly cache?: boolean;
  /**
   * How values that earlier programs wrote become those of now, oldest step first: a step for each time that the type of the
   * values changed. At the first start with a new step the local state is made anew from the changelog. Not with `versioned`.
   */
  readonly migrate?: Migration | readonly Migration[];
}

/** A store of a table that is to be added. */
export interface NewTableStore<K, V> {
  readonly name: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  readonly options?: StoreOptions;
}

/** Whether the options ask for a store where there need not be one. */
export function asksForStore({ versioned, lru }: StoreOptions): boolean {
  return versioned !== undefined || lru !== undefined;
}

/** Adds the stores of a table, with changelogs. Throws TOPOLOGY_INVALID for options that do not go together. */
export function addTableStore<K, V>(context: DslContext, store: NewTableStore<K, V>): TableStorePlan<K, V> {
  const { name, keySerde, valueSerde, options = {} } = store;
  const { versioned, lru, storage = lru === undefined ? 'persistent' : 'memory' } = options;
  checkOptions(name, options);
  const spec = { kind: 'key-value', storage, scans: false, logged: true } as const;
  const bounds = lru === undefined ? {} : { maxEntries: lru.maxEntries };
  const migrations = options.migrate === undefined ? {} : { migrations: [options.migrate].flat() };
  const rows = { ...spec, name, keySerde, valueSerde };
  if (versioned === undefined) {
    context.graph.addStore({ ...rows, ...bounds, ...migrations });
    return latestRows(name, options.cache === false ? null : openCachedRows);
  }
  const { shape, companions } = versionedShape(rows, valueSerde, versioned.historyRetentionMs);
  context.declareStores([{ ...rows, shape, companions }]);
  return versionedRows({ latest: name, history: shape.history });
}

function checkOptions(name: string, { storage, versioned, lru, migrate }: StoreOptions): void {
  const problem = problemOf({ storage, versioned, lru, migrate });
  if (problem !== null) throw new MillraceError('TOPOLOGY_INVALID', `Expected ${problem} in store "${name}"`);
}

function problemOf(options: { [Name in keyof StoreOptions]: StoreOptions[Name] | undefined }): string | null {
  const { storage, versioned, lru, migrate } = options;
  if (versioned !== undefined && migrate !== undefined) return 'either `versioned` or `migrate`, got both';
  if (versioned !== undefined && lru !== undefined) return 'either `versioned` or `lru`, got both';
  if (lru !== undefined && storage === 'persistent') return '`storage` to be "memory" with `lru`, got "persistent"';
  if (lru !== undefined && !(Number.isSafeInteger(lru.maxEntries) && lru.maxEntries > 0)) {
    return `\`maxEntries\` to be a whole number from 1, got ${lru.maxEntries}`;
  }
  if (
    versioned !== undefined &&
    !(Number.isSafeInteger(versioned.historyRetentionMs) && versioned.historyRetentionMs >= 0)
  ) {
    return `\`historyRetentionMs\` to be a whole number from 0, got ${versioned.historyRetentionMs}`;
  }
  return null;
}
