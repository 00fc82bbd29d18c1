import { MillraceError } from '../../core/millrace-error.ts';
import type { StoreQueries } from '../../runtime/queries/store-queries.ts';
import type { QueryMode } from './query-request.ts';

/** The partitions of a store that one instance answers for. */
export interface StoreShare {
  /** Null: this event loop. */
  readonly endpoint: string | null;
  readonly partitions: readonly number[];
}

/**
 * Who answers for which of these partitions: this instance for what it has, its workers included, then those that process them, and where stale
 * answers are wanted those that have copies. Throws QUERY_UNAVAILABLE where nobody is known for a partition, and where
 * another instance asks for what is not here.
 */
export function storeShares(
  queries: StoreQueries,
  {
    store,
    partitions,
    mode,
    without,
  }: {
    readonly store: string;
    readonly partitions: readonly number[];
    readonly mode: QueryMode;
    /** Instances that have not answered. */
    readonly without: ReadonlySet<string>;
  },
): readonly StoreShare[] {
  const here = new Set(
    queries.local(store, { allowStale: mode.allowStale, partitions }).map(({ partition }) => partition),
  );
  const locations = queries.locate(store);
  const shares = new Map<string | null, number[]>();
  for (const partition of partitions) {
    const endpoint = here.has(partition) ? null : elsewhere(partition);
    const share = shares.get(endpoint);
    if (share === undefined) shares.set(endpoint, [partition]);
    else share.push(partition);
  }
  return [...shares].map(([endpoint, share]) => ({ endpoint, partitions: share }));

  function elsewhere(partition: number): string {
    const worker = queries.workerWith(store, partition, mode.allowStale);
    if (worker !== null && !without.has(worker)) return worker;
    const location = locations[partition];
    const candidates = [location?.active ?? null, ...(mode.allowStale ? (location?.standby ?? []) : [])];
    const found = candidates.find(
      (endpoint) => endpoint !== null && endpoint !== queries.endpoint && !without.has(endpoint),
    );
    if (found === undefined || found === null || mode.isForwarded) throw unavailable(store, partition);
    return found;
  }
}

function unavailable(store: string, partition: number): MillraceError {
  return new MillraceError(
    'QUERY_UNAVAILABLE',
    `Expected an instance that can answer for partition ${partition} of store "${store}", got none now`,
    { context: { store, partition } },
  );
}
