import { topology } from '../../../src/dsl/topology-definition.ts';
import type { Topology } from '../../../src/topology/topology.ts';

/** A row of the table. */
export interface Row {
  readonly group: string;
  readonly amount: number;
}

/** The sum of the rows of each group, where the topic of the table is its changelog. */
export function sumsOfRows(): Topology {
  return topology(
    'sums-of-rows',
    (builder) => {
      builder
        .table<number, Row>('rows', { store: 'rows-store' })
        .groupBy(({ group, amount }) => [group, amount])
        .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
        .toStream()
        .to('out');
    },
    { optimization: 'all' },
  );
}

/** How it runs: commits are small, so that a kill meets every step of many, and updates are held back between them. */
export const sumsOfRowsConfig = Object.freeze({ commitIntervalMs: 5, sendBytes: 10_000, recordCacheBytes: 50_000 });
