import { MillraceError } from '../core/millrace-error.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';
import type { Migration, StoreSpec } from './store.ts';

/** What all stores of a program's own may be told. */
export interface DeclaredStoreOptions<K, V> {
  /** Names the store and its changelog topic. */
  readonly name: string;
  /** JSON by default. */
  readonly keySerde?: Serde<K>;
  /** JSON by default. With `withHeaders(...)` the store keeps headers too. */
  readonly valueSerde?: Serde<V>;
  /** `memory` keeps it in memory, restored from its changelog at each start. Default `persistent`. */
  readonly storage?: 'persistent' | 'memory';
  /** Whether its changes go to a changelog topic; without one, `memory` begins empty at each start. Default true. */
  readonly logged?: boolean;
  /** How values that earlier programs wrote become those of now, oldest step first. Needs a changelog. */
  readonly migrate?: Migration<any, V> | readonly Migration[];
}

/** What the spec of a declared store has whatever its kind. Throws TOPOLOGY_INVALID for `migrate` without a changelog. */
export function declaredStore<V>(options: DeclaredStoreOptions<any, V>): Omit<StoreSpec<never, V>, 'keySerde'> {
  if (options.migrate !== undefined && options.logged === false) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`migrate\` only with a changelog, got none in store "${options.name}"`,
    );
  }
  return {
    kind: 'key-value',
    name: options.name,
    valueSerde: options.valueSerde ?? json<V>(),
    storage: options.storage ?? 'persistent',
    scans: true,
    logged: options.logged ?? true,
    ...(options.migrate === undefined ? {} : { migrations: [options.migrate].flat() }),
  };
}
