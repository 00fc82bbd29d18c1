import type { SourceOptions } from 'millrace';
import type { CaseKey, Json, Step } from '../case-file.ts';
import { get } from '../functions/values.ts';
import { storeOption } from './store-field.ts';
import { entry, stream, table, type StepEntry } from './step-table.ts';

/** Where programs begin. */
export const sourceSteps: readonly StepEntry[] = [
  entry({ op: 'stream', fields: ['topic', 'topics', 'timestampField'] }, ({ builder, step }) =>
    stream(builder.stream<CaseKey, Json>((step['topics'] ?? step['topic']) as string | string[], timeOption(step))),
  ),
  entry({ op: 'globalTable', fields: ['topic'] }, ({ builder, step }) => ({
    kind: 'globalTable',
    handle: builder.globalTable<string, NonNullable<Json>>(step['topic'] as string),
  })),
  entry({ op: 'table', fields: ['topic', 'timestampField', 'store'] }, ({ builder, step, id }) =>
    table(builder.table<CaseKey, Json>(step['topic'] as string, { ...timeOption(step), ...storeOption(step, id) })),
  ),
];

function timeOption(step: Step): Pick<SourceOptions<CaseKey, Json>, 'timestampExtractor'> {
  const field = step['timestampField'];
  if (typeof field !== 'string') return {};
  return {
    timestampExtractor: (record) => {
      const time = get(record.value as Json, field);
      return typeof time === 'number' ? time : record.timestamp;
    },
  };
}
