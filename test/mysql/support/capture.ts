import type { Broker, ConsumedRecord } from '../../../src/broker/port.ts';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { MysqlConnection } from '../../../src/mysql/connection/mysql-connection.ts';
import { MySqlSource, type MySqlSourceOptions } from '../../../src/mysql/source/mysql-source.ts';
import { placesUpTo } from '../../../src/mysql/binlog/place-set.ts';
import { readBinlogEnd } from '../../../src/mysql/snapshot/server-watermark.ts';
import { decodeOffset, type SourceOffset } from '../../../src/mysql/source/source-offset.ts';
import { readLastOffset } from '../../../src/mysql/source/source-topics.ts';
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
  const prefix = options.prefix ?? 'my';
  const wanted = await executedOn(options.url, (await committedOffset(broker, prefix))?.binlogName ?? null);
  const topic = `${prefix}.__offsets`;
  const consumer = await broker.openConsumer();
  try {
    const [end] = await broker.admin.listOffsets([{ topic, partition: 0 }], 'latest');
    consumer.assign([{ topic, partition: 0, offset: end?.offset ?? 0 }]);
    while (!(await isCaughtUp())) {
      await Promise.race([consumer.poll({ maxWaitMs: 20, maxBytes: 1 << 20 }), source.finished]);
    }
  } finally {
    await consumer.close();
  }

  async function isCaughtUp(): Promise<boolean> {
    const { state } = source.status();
    if (state === 'failed' || state === 'stopped') throw new Error(`the source is ${state}`);
    return state === 'streaming' && (await committedOffset(broker, prefix))?.done.contains(wanted) === true;
  }
}

/** What the source has committed last. */
export async function committedOffset(broker: Broker, prefix = 'my'): Promise<SourceOffset | null> {
  const last = await readLastOffset(broker, prefix);
  return last === null ? null : decodeOffset(last);
}

/** All that the server has executed: GTIDs, or places for a source that goes by them. */
async function executedOn(url: string, binlogName: string | null): Promise<GtidSet> {
  const connection = await MysqlConnection.open(parseMysqlUrl(url));
  try {
    if (binlogName !== null) return placesUpTo(await readBinlogEnd(connection));
    const [[executed] = []] = await connection.query('SELECT @@GLOBAL.gtid_executed');
    return GtidSet.parse(executed ?? '');
  } finally {
    connection.destroy();
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
