import type { SnapshotMarker } from '../format/record-format.ts';
import type { CapturedTable } from '../source/captured-table.ts';

/** The markers of some rows that are written together: of the first of them, of the last, and of those in between. */
export interface EdgeMarkers {
  readonly first: SnapshotMarker;
  readonly inner: SnapshotMarker;
  readonly last: SnapshotMarker;
}

/** Those of rows that a signal asked for. */
export const INCREMENTAL: EdgeMarkers = { first: 'incremental', inner: 'incremental', last: 'incremental' };

/** A row that is several of these is the first of them, as in Debezium's `RelationalSnapshotChangeEventSource`. */
const PRECEDENCE: readonly SnapshotMarker[] = ['last', 'first', 'last_in_data_collection', 'first_in_data_collection'];

/**
 * The markers of rows of a table, where `isFirst` says that none of its rows was written before them, and `isLast` that none
 * comes after them. A snapshot begins with the first row while no other table is read, and ends with the last row of the
 * table that is read last.
 */
export function edgeMarkers(
  table: CapturedTable,
  tables: Iterable<CapturedTable>,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): EdgeMarkers {
  const others = [...tables].filter((other) => other !== table).map(({ progress }) => progress);
  const isFirstTable = others.every(({ isSnapshotted, chunks }) => !isSnapshotted && (chunks?.rows ?? 0) === 0);
  const isLastTable = others.every(({ isSnapshotted }) => isSnapshotted);
  return {
    first: !isFirst ? 'true' : isFirstTable ? 'first' : 'first_in_data_collection',
    inner: 'true',
    last: !isLast ? 'true' : isLastTable ? 'last' : 'last_in_data_collection',
  };
}

/** The marker of the row at `index` of `count` rows. */
export function markerAt({ first, inner, last }: EdgeMarkers, index: number, count: number): SnapshotMarker {
  const own = [index === 0 ? first : inner, index === count - 1 ? last : inner];
  return PRECEDENCE.find((marker) => own.includes(marker)) ?? inner;
}
