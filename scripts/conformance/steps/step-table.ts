import type {
  GlobalKTable,
  CogroupedKStream,
  KGroupedStream,
  KGroupedTable,
  KStream,
  KTable,
  SessionWindowedKStream,
  StreamsBuilder,
  TimeWindowedKStream,
  WindowedCogroupedKStream,
} from 'millrace';
import type { CaseKey, Json, Step } from '../case-file.ts';

/** What the ids of a case stand for, by kind. Rows of tables are never null. */
export interface Handles {
  readonly stream: KStream<CaseKey, Json>;
  readonly table: KTable<CaseKey, NonNullable<Json>>;
  readonly globalTable: GlobalKTable<string, NonNullable<Json>>;
  readonly groupedStream: KGroupedStream<CaseKey, Json>;
  readonly groupedTable: KGroupedTable<NonNullable<CaseKey>, NonNullable<Json>>;
  readonly timeWindowed: TimeWindowedKStream<CaseKey, Json>;
  readonly sessionWindowed: SessionWindowedKStream<CaseKey, Json>;
  readonly cogrouped: CogroupedKStream<CaseKey, Json>;
  readonly windowedCogrouped: WindowedCogroupedKStream<CaseKey, Json, any>;
}

/** A kind of handle. */
export type Kind = keyof Handles;

/** What a step made. */
export type Operand = { readonly [K in Kind]: { readonly kind: K; readonly handle: Handles[K] } }[Kind];

/** A step and what it may use. */
export interface StepCall<From, With> {
  readonly builder: StreamsBuilder;
  readonly step: Step;
  /** The id of the step, fit to name stores and internal topics; empty where it has none. */
  readonly id: string;
  readonly from: From;
  readonly with: With;
  /** Gives a name to one of several results. */
  readonly define: (id: string, operand: Operand) => void;
}

/** One operator for one kind of operands. */
export interface StepEntry {
  readonly op: string;
  readonly from?: Kind;
  readonly with?: Kind;
  /** The fields it understands, beyond `op`, `id`, `from` and `with`; a step with another one is not supported. */
  readonly fields: readonly string[];
  readonly build: (call: StepCall<never, never>) => Operand | undefined;
}

type HandleOf<K> = K extends Kind ? Handles[K] : undefined;

/** Makes an entry whose `build` knows the types of its operands. */
export function entry<From extends Kind | undefined = undefined, With extends Kind | undefined = undefined>(
  description: { op: string; from?: From; with?: With; fields: readonly string[] },
  build: (call: StepCall<HandleOf<From>, HandleOf<With>>) => Operand | undefined,
): StepEntry {
  return { ...description, build } as unknown as StepEntry;
}

/** A result that is a stream. Callbacks of cases make any JSON, so that the exact types of keys and values are lost. */
export function stream(handle: KStream<any, any>): Operand {
  return { kind: 'stream', handle };
}

/** A result that is a table. */
export function table(handle: KTable<any, any>): Operand {
  return { kind: 'table', handle };
}

/** What the DSL, or this interpreter, cannot do yet: the case is skipped. */
export class UnsupportedStep extends Error {
  override readonly name = 'UnsupportedStep';
}
