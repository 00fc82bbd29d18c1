import type { JoinWindows, StreamGlobalJoinOptions, StreamJoinOptions, StreamTableJoinOptions } from 'millrace';
import type { CaseKey, Json } from '../case-file.ts';
import { requiredNumber } from '../functions/function-table.ts';
import { joiner } from '../functions/joiners.ts';
import { textSelector } from '../functions/selectors.ts';
import { entry, stream, table, type StepCall, type StepEntry } from './step-table.ts';
import { storeKind, storeOption, type StoreKind } from './store-field.ts';

/** Joins of streams with tables, and of tables with tables. */
export const joinSteps: readonly StepEntry[] = [
  entry({ op: 'join', from: 'stream', with: 'table', fields: ['joiner', 'graceMs'] }, (call) =>
    stream(call.from.join(call.with, rowJoinOptions(call))),
  ),
  entry({ op: 'leftJoin', from: 'stream', with: 'table', fields: ['joiner', 'graceMs'] }, (call) =>
    stream(call.from.leftJoin(call.with, rowJoinOptions(call))),
  ),
  entry({ op: 'join', from: 'stream', with: 'globalTable', fields: ['key', 'joiner'] }, (call) =>
    stream(call.from.join(call.with, globalJoinOptions(call))),
  ),
  entry({ op: 'leftJoin', from: 'stream', with: 'globalTable', fields: ['key', 'joiner'] }, (call) =>
    stream(call.from.leftJoin(call.with, globalJoinOptions(call))),
  ),
  entry({ op: 'join', from: 'stream', with: 'stream', fields: ['joiner', 'window'] }, (call) =>
    stream(call.from.join(call.with, streamJoinOptions(call))),
  ),
  entry({ op: 'leftJoin', from: 'stream', with: 'stream', fields: ['joiner', 'window'] }, (call) =>
    stream(call.from.leftJoin(call.with, streamJoinOptions(call))),
  ),
  entry({ op: 'outerJoin', from: 'stream', with: 'stream', fields: ['joiner', 'window'] }, (call) =>
    stream(call.from.outerJoin(call.with, streamJoinOptions(call))),
  ),
  entry({ op: 'join', from: 'table', with: 'table', fields: ['joiner', 'store', 'foreignKey'] }, (call) => {
    const { from, with: other } = call;
    if (call.step['foreignKey'] === undefined) return table(from.join(other, keyJoinOptions(call)));
    return table(from.join(other, foreignKeyJoinOptions(call)));
  }),
  entry({ op: 'leftJoin', from: 'table', with: 'table', fields: ['joiner', 'store', 'foreignKey'] }, (call) => {
    const { from, with: other } = call;
    if (call.step['foreignKey'] === undefined) return table(from.leftJoin(other, keyJoinOptions(call)));
    return table(from.leftJoin(other, foreignKeyJoinOptions(call)));
  }),
  entry({ op: 'outerJoin', from: 'table', with: 'table', fields: ['joiner', 'store'] }, (call) =>
    table(call.from.outerJoin(call.with, keyJoinOptions(call))),
  ),
];

type Call = Pick<StepCall<never, never>, 'step' | 'id'>;

function rowJoinOptions({ step, id }: Call): StreamTableJoinOptions<CaseKey, Json, Json, Json> {
  const graceMs = step['graceMs'] === undefined ? {} : { graceMs: requiredNumber(step, 'graceMs') };
  return { join: joiner(step['joiner']), name: id, ...graceMs };
}

function globalJoinOptions({ step }: Call): StreamGlobalJoinOptions<CaseKey, Json, string, Json, Json> {
  return { key: textSelector(step['key']), join: joiner(step['joiner']) };
}

function streamJoinOptions({ step, id }: Call): StreamJoinOptions<CaseKey, Json, Json, Json> {
  return { join: joiner(step['joiner']), window: step['window'] as unknown as JoinWindows, name: id };
}

function keyJoinOptions({
  step,
  id,
}: Call): { join: (left: Json, right: Json) => Json } & ReturnType<typeof storeOption> {
  const join = joiner(step['joiner']);
  return { join: (left, right) => join(left, right, null), ...storeOption(step, id) };
}

function foreignKeyJoinOptions({ step, id }: Call): ForeignKeyOptions {
  return {
    foreignKey: textSelector(step['foreignKey']),
    join: joiner(step['joiner']),
    name: id,
    queryable: step['store'] !== undefined,
    ...storeKind(step),
  };
}

interface ForeignKeyOptions extends StoreKind {
  readonly foreignKey: (value: Json, key: CaseKey) => string | null;
  readonly join: (left: Json, right: Json, key: CaseKey) => Json;
  readonly name: string;
  readonly queryable: boolean;
}
