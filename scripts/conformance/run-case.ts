import { string, type Headers, type OptimizationOption, type Serde, type Topology } from 'millrace';
import { TopologyTestDriver } from 'millrace/testing';
import { buildProgram } from './build-program.ts';
import { caseKeys } from './case-keys.ts';
import type { CaseInput, CaseKey, CaseRecord, ConformanceCase, Json } from './case-file.ts';

/** A record that came out, and the index of the input at which it did. */
export interface CaseOutput extends CaseRecord {
  readonly cause: number;
}

/** What a program made of the inputs of its case. */
export interface CaseRun {
  readonly outputs: readonly CaseOutput[];
  /** The input that failed and why; null where none did. */
  readonly failure: { readonly input: number; readonly error: unknown } | null;
}

/** How a case is run, other than Kafka Streams ran it. */
export interface CaseOptions {
  readonly optimization?: OptimizationOption;
  /** With a cache, what it holds back is emitted after each record. */
  readonly recordCacheBytes?: number;
}

/** Runs a case. Throws `UnsupportedStep` where its program cannot be built yet, and what the DSL throws. */
export async function runCase(
  conformanceCase: ConformanceCase,
  { optimization = 'none', recordCacheBytes = 0 }: CaseOptions = {},
): Promise<CaseRun> {
  const topology = buildProgram(conformanceCase, optimization);
  const driver = new TopologyTestDriver(topology, { recordCacheBytes });
  const outputs: CaseOutput[] = [];
  try {
    for (const [cause, input] of conformanceCase.inputs.entries()) {
      try {
        await pipe(driver, input);
      } catch (error) {
        return { outputs, failure: { input: cause, error } };
      }
      outputs.push(...newOutputs(driver, topology).map((record) => ({ ...record, cause })));
    }
    return { outputs, failure: null };
  } finally {
    await driver.close();
  }
}

async function pipe(driver: TopologyTestDriver, input: CaseInput): Promise<void> {
  if ('advanceWallClockMs' in input) return driver.advanceWallClock(input.advanceWallClockMs);
  const topic = driver.createInputTopic<string, Json>(input.topic, { keySerde: string() });
  const headers = Object.entries(input.headers ?? {}).map(([name, value]) => [name, Buffer.from(value)] as const);
  await topic.pipeInput(input.key as string | null, input.value, { timestamp: input.timestamp, headers });
}

function newOutputs(driver: TopologyTestDriver, topology: Topology): CaseRecord[] {
  const internal = new Set([...topology.repartitionTopics.keys()].map((name) => `${topology.name}-${name}`));
  const topics = driver.producedTopics.filter((topic) => !internal.has(topic));
  return topics.flatMap((topic) =>
    driver
      .createOutputTopic<CaseKey, Json>(topic, { keySerde: keySerdeOf(topology, topic) })
      .readRecords()
      .map(({ key, value, timestamp, headers }) => ({ topic, key, value, timestamp, ...headersOf(headers) })),
  );
}

/** What the keys of an output are written with: the one who knows the windows of windowed keys. */
export function keySerdeOf(topology: Topology, topic: string): Serde<CaseKey> {
  const sinks = [...topology.nodes.values()].filter((node) => node.kind === 'sink');
  const sink = sinks.find((node) => node.topic === topic) ?? sinks.find((node) => typeof node.topic === 'function');
  return sink?.keySerde ?? caseKeys;
}

export function headersOf(headers: Headers): Pick<CaseRecord, 'headers'> {
  if (headers.length === 0) return {};
  return { headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])) };
}
