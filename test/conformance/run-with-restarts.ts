import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import type { Application } from '../../src/runtime/application.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import type { StoreBackend } from '../../src/store/engine.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { buildProgram } from '../../scripts/conformance/build-program.ts';
import type { CaseRecord, ConformanceCase, Json } from '../../scripts/conformance/case-file.ts';
import { headersOf, keySerdeOf, type CaseRun } from '../../scripts/conformance/run-case.ts';
import { applicationOf, createTopic, drained, temporaryDirectory } from '../runtime/application-fixtures.ts';
import { readTopic } from '../support/topics.ts';

/**
 * Runs a case as an application on a broker, that is closed and started again after every so many records, and returns what
 * came out. Moves of the wall clock are left out.
 */
export async function runWithRestarts(
  conformanceCase: ConformanceCase,
  { every, backend }: { readonly every: number; readonly backend: () => StoreBackend },
): Promise<CaseRun> {
  const topology = buildProgram(conformanceCase);
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  const topics = new Set(topology.subTopologies.flatMap(({ sourceTopics }) => sourceTopics));
  for (const { topic } of topology.globalTables.values()) topics.add(topic);
  for (const topic of topics) if (!topology.repartitionTopics.has(topic)) await createTopic(broker, topic);
  const start = async (): Promise<Application> => {
    const config = { stateDirectory: directory.path };
    const started = applicationOf({ topology, broker, storeBackend: backend(), config });
    await started.start();
    return started;
  };
  let application = await start();
  const records = conformanceCase.inputs.filter((input) => 'topic' in input);
  for (const [index, record] of records.entries()) {
    await send(broker, record);
    await drained(application);
    if (index % every !== every - 1) continue;
    await application.close();
    application = await start();
  }
  await application.close();
  const outputs = await outputsOf(broker, topology, new Set(conformanceCase.outputs.map(({ topic }) => topic)));
  await broker.close();
  return { outputs: outputs.map((output) => ({ ...output, cause: -1 })), failure: null };
}

async function send(broker: Broker, { topic, key, value, timestamp, headers = {} }: CaseRecord): Promise<void> {
  const producer = await broker.openProducer();
  const record = {
    key: key === null ? null : string().serialize(key as string),
    value: value === null ? null : json<Json>().serialize(value),
    timestamp,
    headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
  };
  await producer.send([{ topic, partition: 0, records: [record] }]);
  await producer.close();
}

async function outputsOf(broker: Broker, topology: Topology, topics: ReadonlySet<string>): Promise<CaseRecord[]> {
  const outputs: CaseRecord[] = [];
  for (const topic of topics) {
    const keySerde = keySerdeOf(topology, topic);
    for (const { key, value, timestamp, headers } of await readTopic(broker, topic)) {
      const decoded = { key: key === null ? null : keySerde.deserialize(key), timestamp, ...headersOf(headers) };
      outputs.push({ topic, ...decoded, value: value === null ? null : json<Json>().deserialize(value) });
    }
  }
  return outputs;
}
