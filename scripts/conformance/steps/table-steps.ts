import { mapper } from '../functions/mappers.ts';
import { predicate } from '../functions/predicates.ts';
import { selector } from '../functions/selectors.ts';
import { entry, stream, table, type StepEntry } from './step-table.ts';
import { storeOption } from './store-field.ts';

/** Operators of tables that make one row of one row. */
export const tableSteps: readonly StepEntry[] = [
  entry({ op: 'filter', from: 'table', fields: ['predicate', 'store'] }, ({ from, step, id }) =>
    table(from.filter(predicate(step['predicate']), storeOption(step, id))),
  ),
  entry({ op: 'filterNot', from: 'table', fields: ['predicate', 'store'] }, ({ from, step, id }) =>
    table(from.filterNot(predicate(step['predicate']), storeOption(step, id))),
  ),
  entry({ op: 'mapValues', from: 'table', fields: ['value', 'store'] }, ({ from, step, id }) =>
    table(from.mapValues(mapper(step['value']), storeOption(step, id))),
  ),
  entry({ op: 'transformValues', from: 'table', fields: ['value', 'store'] }, ({ from, step, id }) =>
    table(from.transformValues(mapper(step['value']), storeOption(step, id))),
  ),
  entry({ op: 'toStream', from: 'table', fields: ['key'] }, ({ from, step }) =>
    stream(step['key'] === undefined ? from.toStream() : from.toStream({ key: selector(step['key']) })),
  ),
];
