import type { Json } from '../case-file.ts';
import { aggregator } from '../functions/aggregators.ts';
import { mapper } from '../functions/mappers.ts';
import { reducer } from '../functions/reducers.ts';
import { selector } from '../functions/selectors.ts';
import { entry, table, type Operand, type StepEntry } from './step-table.ts';
import { storeKind } from './store-field.ts';

/** Groupings, and the aggregations of them that are not windowed. */
export const groupingSteps: readonly StepEntry[] = [
  entry({ op: 'groupByKey', from: 'stream', fields: [] }, ({ from }): Operand => {
    return { kind: 'groupedStream', handle: from.groupByKey() };
  }),
  entry({ op: 'groupBy', from: 'stream', fields: ['key'] }, ({ from, step }): Operand => {
    return { kind: 'groupedStream', handle: from.groupBy(selector(step['key'])) };
  }),
  entry({ op: 'groupBy', from: 'table', fields: ['key', 'value'] }, ({ from, step }): Operand => {
    const [group, row] = [selector(step['key']), mapper(step['value'])];
    return { kind: 'groupedTable', handle: from.groupBy((value, key) => [group(value, key), row(value, key)]) };
  }),
  entry({ op: 'count', from: 'groupedStream', fields: ['store'] }, ({ from, step, id }) => {
    return table(from.count({ name: id, ...storeKind(step) }));
  }),
  entry({ op: 'reduce', from: 'groupedStream', fields: ['reducer', 'store'] }, ({ from, step, id }) => {
    return table(from.reduce(reducer(step['reducer']), { name: id, ...storeKind(step) }));
  }),
  entry(
    { op: 'aggregate', from: 'groupedStream', fields: ['initializer', 'aggregator', 'store'] },
    ({ from, step, id }) => {
      const initializer = (): Json => step['initializer'] ?? null;
      return table(
        from.aggregate<Json>({ initializer, aggregator: aggregator(step['aggregator']), name: id, ...storeKind(step) }),
      );
    },
  ),
  entry({ op: 'count', from: 'groupedTable', fields: ['store'] }, ({ from, step, id }) => {
    return table(from.count({ name: id, ...storeKind(step) }));
  }),
  entry({ op: 'reduce', from: 'groupedTable', fields: ['adder', 'subtractor', 'store'] }, ({ from, step, id }) => {
    return table(
      from.reduce({
        adder: reducer(step['adder']),
        subtractor: reducer(step['subtractor']),
        name: id,
        ...storeKind(step),
      }),
    );
  }),
  entry(
    { op: 'aggregate', from: 'groupedTable', fields: ['initializer', 'adder', 'subtractor', 'store'] },
    ({ from, step, id }) => {
      const initializer = (): Json => step['initializer'] ?? null;
      const [adder, subtractor] = [aggregator(step['adder']), aggregator(step['subtractor'])];
      return table(from.aggregate<Json>({ initializer, adder, subtractor, name: id, ...storeKind(step) }));
    },
  ),
];
