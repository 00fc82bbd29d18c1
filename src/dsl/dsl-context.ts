import { MillraceError } from '../core/millrace-error.ts';
import { typeName } from '../core/type-name.ts';
import { userCodePlace } from '../core/user-code-place.ts';
import type { Serde } from '../serde/serde.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import type { StoreSpec } from '../store/store.ts';
import { TopologyBuilder } from '../topology/topology-builder.ts';
import type { Handles } from './handles.ts';
import { windowed } from './windows/windowed.ts';
import type { Windows } from './windows/windows.ts';

/** The serdes that a program takes where it names none. */
export interface DefaultSerdes {
  readonly keySerde: Serde<any>;
  readonly valueSerde: Serde<any>;
}

/**
 * What old values of updates are, where Kafka Streams 4.3.1 (caches off) has others than were there before. They matter
 * where a table is regrouped, filtered, or joined by a foreign key.
 *
 * `exact`: what was there when the operator last let an update of the key through. `kafkaStreams`: as Kafka Streams has it,
 * for outputs that are to be the same record for record: the initial value for a new key of an aggregation, what a new
 * sliding window begins with, and the last value that `suppress` held back. Regrouping such tables then counts wrong.
 */
export type OldValues = 'exact' | 'kafkaStreams';

/** What all handles of one program share: the graph they add to, the names it gives, the default serdes. */
export class DslContext {
  readonly graph = new TopologyBuilder();
  readonly defaults: DefaultSerdes;
  readonly oldValues: OldValues;
  /** Makes the handles that operators of other handles return. */
  readonly handles: Handles;
  /** The nodes of left joins, which accept records without a key. */
  readonly keylessJoins = new Set<string>();
  readonly #declaredStores = new Set<StoreSpec<any, any>>();
  /** The nodes of windowed aggregations whose windows close, and how long after its end a window still changes. */
  readonly windowGraces = new Map<string, number>();
  readonly #windowedSerdes = new Map<Serde<any>, Map<string, Serde<any>>>();
  #nextIndex = 0;

  constructor({ oldValues, ...defaults }: DefaultSerdes & { readonly oldValues: OldValues }, handles: Handles) {
    this.defaults = defaults;
    this.oldValues = oldValues;
    this.handles = handles;
  }

  /** The user's name for a node, or one made of the prefix and a counter: `KSTREAM-FILTER-0000000003`. */
  nodeName(name: string | undefined, prefix: string): string {
    const index = this.#nextIndex++;
    return name ?? `${prefix}${String(index).padStart(10, '0')}`;
  }

  /** Counts nodes that Kafka Streams names without adding them, such as those of a repartition that is there already. */
  skipNames(count: number): void {
    this.#nextIndex += count;
  }

  /** The serde of a windowed table's keys: the same one for equal windows, so that streams of them can be merged. */
  windowedSerde<K>(keySerde: Serde<K>, windows: Windows): Serde<Windowed<K>> {
    let byWindows = this.#windowedSerdes.get(keySerde);
    if (byWindows === undefined) this.#windowedSerdes.set(keySerde, (byWindows = new Map()));
    const name = JSON.stringify(windows);
    let serde = byWindows.get(name);
    if (serde === undefined) byWindows.set(name, (serde = windowed(keySerde, windows)));
    return serde;
  }

  /**
   * The name given in the options of what makes a store or an internal topic. Throws TOPOLOGY_NAME_REQUIRED, with the place
   * of the call, unless it is there and fit for a topic; plain JavaScript may leave out the options altogether.
   */
  requireName(options: { readonly name?: string | undefined } | undefined, operator: string): string {
    const name: unknown = options?.name;
    if (typeof name === 'string' && /^[A-Za-z0-9._-]{1,120}$/.test(name)) return name;
    const got = typeof name === 'string' ? `"${name}"` : name === undefined ? 'none' : typeName(name);
    const error = new MillraceError(
      'TOPOLOGY_NAME_REQUIRED',
      `Expected { name } of 1 to 120 letters, digits, ".", "_" or "-" for ${operator}, which makes a store or an internal topic, got ${got}`,
    );
    const place = userCodePlace(error);
    if (place !== null) error.message += ` at ${place}`;
    throw error;
  }

  /**
   * Adds the stores that a program declares, with what they are kept in, each once however many operators use it; those
   * named are there already. Returns the names of all. Throws TOPOLOGY_INVALID for a name that no store has.
   */
  declareStores(stores: readonly (StoreSpec<any, any> | string)[]): readonly string[] {
    return stores.flatMap((store) => {
      if (typeof store === 'string') return this.graph.storeNames(store);
      for (const part of [store, ...(store.companions ?? [])]) {
        if (!this.#declaredStores.has(part)) this.graph.addStore(part);
        this.#declaredStores.add(part);
      }
      return this.graph.storeNames(store.name);
    });
  }

  /** Whether records of a node can reach a join that accepts them without a key. */
  leadsToKeylessJoin(node: string): boolean {
    for (const name of this.graph.downstreamOf(node)) if (this.keylessJoins.has(name)) return true;
    return false;
  }
}
