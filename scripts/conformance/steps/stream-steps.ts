import type { KStream } from 'millrace';
import type { CaseKey, Json, JsonObject } from '../case-file.ts';
import { flatMapper, mapper } from '../functions/mappers.ts';
import { processor, valueProcessor } from '../functions/processors.ts';
import { predicate } from '../functions/predicates.ts';
import { selector } from '../functions/selectors.ts';
import { keyText } from '../functions/values.ts';
import { entry, stream, table, type StepEntry } from './step-table.ts';
import { storeKind } from './store-field.ts';

/** Operators of streams without state. */
export const streamSteps: readonly StepEntry[] = [
  entry({ op: 'filter', from: 'stream', fields: ['predicate'] }, ({ from, step }) =>
    stream(from.filter(predicate(step['predicate']))),
  ),
  entry({ op: 'filterNot', from: 'stream', fields: ['predicate'] }, ({ from, step }) =>
    stream(from.filterNot(predicate(step['predicate']))),
  ),
  entry({ op: 'mapValues', from: 'stream', fields: ['value'] }, ({ from, step }) =>
    stream(from.mapValues(mapper(step['value']))),
  ),
  entry({ op: 'map', from: 'stream', fields: ['key', 'value'] }, ({ from, step }) => {
    const [newKey, newValue] = [selector(step['key']), mapper(step['value'])];
    return stream(from.map((value, key) => [newKey(value, key), newValue(value, key)]));
  }),
  entry({ op: 'selectKey', from: 'stream', fields: ['key'] }, ({ from, step }) =>
    stream(from.selectKey(selector(step['key']))),
  ),
  entry({ op: 'flatMapValues', from: 'stream', fields: ['values'] }, ({ from, step }) =>
    stream(from.flatMapValues(flatMapper(step['values']))),
  ),
  entry({ op: 'flatMap', from: 'stream', fields: ['values', 'key', 'value'] }, ({ from, step }) => {
    const [values, newKey, newValue] = [flatMapper(step['values']), selector(step['key']), mapper(step['value'])];
    return stream(
      from.flatMap((value, key) =>
        values(value, key).map((item): [CaseKey, Json] => [newKey(item, key), newValue(item, key)]),
      ),
    );
  }),
  entry({ op: 'peek', from: 'stream', fields: [] }, ({ from }) => stream(from.peek(() => undefined))),
  entry({ op: 'foreach', from: 'stream', fields: [] }, ({ from }) => {
    from.foreach(() => undefined);
    return undefined;
  }),
  entry({ op: 'repartition', from: 'stream', fields: [] }, ({ from, id }) => stream(from.repartition({ name: id }))),
  entry({ op: 'merge', from: 'stream', with: 'stream', fields: [] }, ({ from, with: other }) =>
    stream(from.merge(other)),
  ),
  entry({ op: 'split', from: 'stream', fields: ['branches', 'default'] }, ({ from, step, define }) => {
    const branches = (step['branches'] as readonly JsonObject[]).map(({ id, predicate: of }) => [id, predicate(of)]);
    const rest = step['default'] === undefined ? [] : [[step['default'], true]];
    const parts = from.split(Object.fromEntries([...branches, ...rest]));
    for (const [id, part] of Object.entries(parts)) define(id, stream(part));
    return undefined;
  }),
  entry({ op: 'process', from: 'stream', fields: ['processor'] }, ({ from, step, id }) => {
    const { supplier, store } = processor(step['processor'], id);
    return stream(from.process(supplier, { stores: [store] }));
  }),
  entry({ op: 'processValues', from: 'stream', fields: ['processor'] }, ({ from, step, id }) => {
    const { supplier, store } = valueProcessor(step['processor'], id);
    return stream(from.processValues(supplier, { stores: [store] }));
  }),
  entry({ op: 'toTable', from: 'stream', fields: ['store'] }, ({ from, step, id }) =>
    table(from.toTable({ name: id, queryable: step['store'] !== undefined, ...storeKind(step) })),
  ),
  entry({ op: 'to', from: 'stream', fields: ['topic', 'topicSelector'] }, ({ from, step }) => {
    from.to(topicOf(step));
    return undefined;
  }),
  entry({ op: 'to', from: 'table', fields: ['topic', 'topicSelector'] }, ({ from, step }) => {
    from.toStream().to(topicOf(step));
    return undefined;
  }),
];

function topicOf(step: JsonObject): Parameters<KStream<CaseKey, Json>['to']>[0] {
  if (step['topicSelector'] === undefined) return step['topic'] as string;
  const select = selector(step['topicSelector']);
  return ({ value, key }) => keyText(select(value as Json, key as CaseKey)) as string;
}
