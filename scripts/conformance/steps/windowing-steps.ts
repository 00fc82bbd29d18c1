import {
  hopping,
  session,
  sliding,
  tumbling,
  unlimited,
  type KTable,
  type SuppressOptions,
  type TimeWindows,
  type Windows,
} from 'millrace';
import type { Json, Step } from '../case-file.ts';
import { aggregator } from '../functions/aggregators.ts';
import { optionalText, requiredNumber, requiredText } from '../functions/function-table.ts';
import { merger, reducer } from '../functions/reducers.ts';
import { objectOf } from '../functions/values.ts';
import { entry, table, UnsupportedStep, type Operand, type StepEntry } from './step-table.ts';
import { storeKind, storeOption } from './store-field.ts';

/** Windows, and the aggregations of them. */
export const windowingSteps: readonly StepEntry[] = [
  entry({ op: 'windowedBy', from: 'groupedStream', fields: ['window', 'emit'] }, ({ from, step }): Operand => {
    const window = windowOf(step);
    const emit = optionalText(step, 'emit') === 'onWindowClose' ? 'onWindowClose' : 'onWindowUpdate';
    switch (window.kind) {
      case 'session':
        return { kind: 'sessionWindowed', handle: from.windowedBy(window, { emit }) };
      case 'sliding':
        return { kind: 'timeWindowed', handle: from.windowedBy(window, { emit }) as never };
      default:
        return { kind: 'timeWindowed', handle: from.windowedBy(window, { emit }) };
    }
  }),
  ...(['timeWindowed', 'sessionWindowed'] as const).flatMap((from) => [
    entry({ op: 'count', from, fields: ['store', 'retentionMs'] }, ({ from: windowed, step, id }) =>
      table(windowed.count(namedOptions(step, id))),
    ),
    entry({ op: 'reduce', from, fields: ['reducer', 'store', 'retentionMs'] }, ({ from: windowed, step, id }) =>
      table(windowed.reduce(reducer(step['reducer']), namedOptions(step, id)) as KTable<any, any>),
    ),
  ]),
  entry(
    { op: 'aggregate', from: 'timeWindowed', fields: ['initializer', 'aggregator', 'store', 'retentionMs'] },
    ({ from, step, id }) => table(from.aggregate<Json>({ ...foldOf(step), ...namedOptions(step, id) })),
  ),
  entry(
    {
      op: 'aggregate',
      from: 'sessionWindowed',
      fields: ['initializer', 'aggregator', 'merger', 'store', 'retentionMs'],
    },
    ({ from, step, id }) =>
      table(from.aggregate<Json>({ ...foldOf(step), merger: mergeOf(step), ...namedOptions(step, id) })),
  ),
  entry({ op: 'cogroup', from: 'groupedStream', fields: ['aggregator'] }, ({ from, step }): Operand => {
    return { kind: 'cogrouped', handle: from.cogroup<Json>(aggregator(step['aggregator'])) };
  }),
  entry(
    { op: 'cogroup', from: 'cogrouped', with: 'groupedStream', fields: ['aggregator'] },
    ({ from, with: other, step }): Operand => {
      return { kind: 'cogrouped', handle: from.cogroup(other, aggregator(step['aggregator'])) };
    },
  ),
  entry({ op: 'windowedBy', from: 'cogrouped', fields: ['window'] }, ({ from, step }): Operand => {
    return { kind: 'windowedCogrouped', handle: from.windowedBy(windowOf(step) as TimeWindows) };
  }),
  entry({ op: 'aggregate', from: 'cogrouped', fields: ['initializer', 'store'] }, ({ from, step, id }) =>
    table(from.aggregate({ initializer: () => step['initializer'] ?? null, name: id, ...storeKind(step) })),
  ),
  entry(
    { op: 'aggregate', from: 'windowedCogrouped', fields: ['initializer', 'merger', 'store', 'retentionMs'] },
    ({ from, step, id }) => {
      const merger = step['merger'] === undefined ? {} : { merger: mergeOf(step) };
      return table(
        from.aggregate({ initializer: () => step['initializer'] ?? null, ...merger, ...namedOptions(step, id) }),
      );
    },
  ),
  entry({ op: 'suppress', from: 'table', fields: ['until', 'timeLimitMs', 'maxRecords', 'whenFull'] }, (call) =>
    table(call.from.suppress(suppression(call.step, call.id))),
  ),
];

/** The windows that a step names. */
function windowOf(step: Step): Windows {
  const window = objectOf(step['window']);
  if (window === null) throw new Error(`Expected "window", got ${JSON.stringify(step)}`);
  const ms = (field: string): number => requiredNumber(window, field);
  switch (requiredText(window, 'type')) {
    case 'tumbling':
      return tumbling({ sizeMs: ms('sizeMs'), graceMs: ms('graceMs') });
    case 'hopping':
      return hopping({ sizeMs: ms('sizeMs'), advanceMs: ms('advanceMs'), graceMs: ms('graceMs') });
    case 'sliding':
      return sliding({ timeDifferenceMs: ms('timeDifferenceMs'), graceMs: ms('graceMs') });
    case 'session':
      return session({ gapMs: ms('gapMs'), graceMs: ms('graceMs') });
    case 'unlimited':
      return unlimited({ startMs: ms('startMs') });
    default:
      throw new UnsupportedStep(`window ${JSON.stringify(window)}`);
  }
}

/** The merger of a step. */
function mergeOf(step: Step): (a: Json, b: Json, key: any) => Json {
  const merge = merger(step['merger']);
  return (a, b, key) => merge(key, a, b);
}

/** The name and the retention of a step. */
function namedOptions(step: Step, id: string): { name: string; retentionMs?: number } {
  storeOption(step, id);
  return step['retentionMs'] === undefined
    ? { name: id }
    : { name: id, retentionMs: requiredNumber(step, 'retentionMs') };
}

function foldOf(step: Step): { initializer: () => Json; aggregator: ReturnType<typeof aggregator> } {
  return { initializer: () => step['initializer'] ?? null, aggregator: aggregator(step['aggregator']) };
}

function suppression(step: Step, id: string): SuppressOptions {
  const limited = requiredText(step, 'until') === 'timeLimit';
  const maxRecords = step['maxRecords'] === undefined ? {} : { maxRecords: requiredNumber(step, 'maxRecords') };
  const whenFull = optionalText(step, 'whenFull') as SuppressOptions['whenFull'];
  return {
    name: id,
    until: limited ? { timeLimitMs: requiredNumber(step, 'timeLimitMs') } : 'windowCloses',
    ...maxRecords,
    ...(whenFull === undefined ? {} : { whenFull }),
  };
}
