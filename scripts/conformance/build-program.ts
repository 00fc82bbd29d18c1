import { json, type OptimizationOption, StreamsBuilder, type Topology } from 'millrace';
import { caseKeys } from './case-keys.ts';
import type { ConformanceCase, Step } from './case-file.ts';
import { groupingSteps } from './steps/grouping-steps.ts';
import { joinSteps } from './steps/join-steps.ts';
import { sourceSteps } from './steps/source-steps.ts';
import { UnsupportedStep, type Operand, type StepCall, type StepEntry } from './steps/step-table.ts';
import { streamSteps } from './steps/stream-steps.ts';
import { tableSteps } from './steps/table-steps.ts';
import { windowingSteps } from './steps/windowing-steps.ts';

const STEPS: ReadonlyMap<string, StepEntry> = new Map(
  [...sourceSteps, ...streamSteps, ...tableSteps, ...groupingSteps, ...joinSteps, ...windowingSteps].map((step) => [
    signature(step),
    step,
  ]),
);
const LINKS: ReadonlySet<string> = new Set(['op', 'id', 'from', 'with']);

/** Builds the program of a case through the public DSL, with the old values of Kafka Streams, and not optimized unless that is asked for. Throws `UnsupportedStep` with the reason where that cannot be done yet. */
export function buildProgram({ name, topology }: ConformanceCase, optimization: OptimizationOption = 'none'): Topology {
  const builder = new StreamsBuilder({ keySerde: caseKeys, valueSerde: json(), oldValues: 'kafkaStreams' });
  const operands = new Map<string, Operand>();
  for (const step of topology) {
    const [from, other] = [operandOf(operands, step, 'from'), operandOf(operands, step, 'with')];
    const define = (id: string, operand: Operand): unknown => operands.set(id, operand);
    const id = typeof step['id'] === 'string' ? step['id'] : '';
    const call = { builder, step, id: nameable(id), from: from?.handle, with: other?.handle, define };
    const made = entryFor(step, from, other).build(call as unknown as StepCall<never, never>);
    if (made !== undefined) define(id, made);
  }
  return builder.build(nameable(name), { optimization });
}

function entryFor(step: Step, from: Operand | null, other: Operand | null): StepEntry {
  const wanted = signature({ op: step.op, from: from?.kind, with: other?.kind });
  const found = STEPS.get(wanted);
  if (found === undefined) throw new UnsupportedStep(wanted);
  const unknown = Object.keys(step).find((field) => !LINKS.has(field) && !found.fields.includes(field));
  if (unknown !== undefined) throw new UnsupportedStep(`${wanted}: ${unknown}`);
  return found;
}

/** What may name topics, which have few characters. */
function nameable(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

function operandOf(operands: ReadonlyMap<string, Operand>, step: Step, link: 'from' | 'with'): Operand | null {
  const id = step[link];
  if (id === undefined) return null;
  const operand = typeof id === 'string' ? operands.get(id) : undefined;
  if (operand === undefined)
    throw new Error(`Expected "${link}" to be the id of an earlier step, got ${JSON.stringify(step)}`);
  return operand;
}

function signature(step: { op: string; from?: string | undefined; with?: string | undefined }): string {
  const from = step.from === undefined ? '' : ` of ${step.from}`;
  return `${step.op}${from}${step.with === undefined ? '' : ` with ${step.with}`}`;
}
