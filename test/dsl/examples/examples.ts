import {
  cogroupedKStreamExamples,
  kGroupedStreamExamples,
  kGroupedTableExamples,
  sessionWindowedKStreamExamples,
  timeWindowedKStreamExamples,
  windowedCogroupedKStreamExamples,
} from './aggregation-examples.ts';
import { kStreamExamples } from './k-stream-examples.ts';
import { kTableExamples } from './k-table-examples.ts';
import type { OperatorExamples } from './operator-example.ts';

/** Every example of `docs/operators.md`, by handle and method. */
export const examples: { readonly [handle: string]: OperatorExamples } = {
  KStream: kStreamExamples,
  KTable: kTableExamples,
  KGroupedStream: kGroupedStreamExamples,
  KGroupedTable: kGroupedTableExamples,
  TimeWindowedKStream: timeWindowedKStreamExamples,
  SessionWindowedKStream: sessionWindowedKStreamExamples,
  CogroupedKStream: cogroupedKStreamExamples,
  WindowedCogroupedKStream: windowedCogroupedKStreamExamples,
};
