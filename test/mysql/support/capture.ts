import type { Broker, ConsumedRecord } from '../../../src/broker/port.ts';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { MysqlConnection } from '../../../src/mysql/connection/mysql-connection.ts';
import { MySqlSource, type MySqlSourceOptions } from '../../../src/mysql/source/mysql-source.ts';
import { readToEnd } from '../../../src/mysql/source/read-to-end.ts';

/** A source with what a test does not care about filled in. */
export function createSource(
  options: Pick<MySqlSourceOptions, 'broker' | 'url' | 'tables'> & Partial<MySqlSourceOptions>,
): MySqlSource {
  return new MySqlSource({
    topicPrefix: 'my',
    partitions: 1,
    bigint: 'bigint',
    maxBackoffMs: 200,
    heartbeatMs: 50,
    ...options,
  });
}

/** A record with its key, value and headers as text. */
export interface TextRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: { readonly [name: string]: string };
}

/** All records of a topic, by partition in order. */
export async function recordsOf(broker: Broker, topic: string): Promise<TextRecord[]> {
  const description = (await broker.admin.describeTopics([topic])).get(topic);
  const records: TextRecord[] = [];
  await readToEnd(broker, { topic, partitions: description?.partitions ?? 0 }, (record) =>
    records.push(toText(record)),
  );
  return records;
}

/** The last value of each key of a topic that is no tombstone. */
export async function latestOf(broker: Broker, topic: string): Promise<Map<string, string>> {
  const latest = new Map<string, string>();
  for (const { key, value } of await recordsOf(broker, topic)) {
    if (value === null) latest.delete(key as string);
    else latest.set(key as string, value);
  }
  return latest;
}

/** Waits until the source has committed all that the server had executed when this was called. */
export async function waitUntilCaughtUp(
  source: MySqlSource,
  broker: Broker,
  options: { url: string; prefix?: string },
): Promise<void> {
  const connection = await MysqlConnection.open(parseMysqlUrl(options.url));
  const [[executed] = []] = await connection.query('SELECT @@GLOBAL.gtid_executed');
  connection.destroy();
  const wanted = GtidSet.parse(executed ?? '');
  const topic = `${options.prefix ?? 'my'}.__offsets`;
  const consumer = await broker.openConsumer();
  try {
    const [end] = await broker.admin.listOffsets([{ topic, partition: 0 }], 'latest');
    consumer.assign([{ topic, partition: 0, offset: end?.offset ?? 0 }]);
    while (!isCaughtUp(source, wanted)) {
      await Promise.race([consumer.poll({ maxWaitMs: 20, maxBytes: 1 << 20 }), source.finished]);
    }
  } finally {
    await consumer.close();
  }

  function isCaughtUp(candidate: MySqlSource, set: GtidSet): boolean {
    const { state, gtidSet } = candidate.status();
    if (state === 'failed' || state === 'stopped') throw new Error(`the source is ${state}`);
    return state === 'streaming' && GtidSet.parse(gtidSet).contains(set);
  }
}

function toText({ key, value, timestamp, headers }: ConsumedRecord): TextRecord {
  return {
    key: key?.toString('utf8') ?? null,
    value: value?.toString('utf8') ?? null,
    timestamp,
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, bytes?.toString('utf8') ?? ''])),
  };
}
