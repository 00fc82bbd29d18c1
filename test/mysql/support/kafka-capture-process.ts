import { KafkaBroker } from '../../../src/broker/kafka/kafka-broker.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { CaptureElection } from '../../../src/mysql/source/capture-election.ts';
import { createSource } from './capture.ts';

/**
 * A process that could capture one table into a Kafka broker until it is killed:
 * `kafka-capture-process.ts URL HOST PORT DB TABLE`. It says so each time it begins to capture.
 */
const [url = '', host = '', port = '', database = '', table = ''] = process.argv.slice(2);
const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }] });
const election = new CaptureElection({
  broker,
  topicPrefix: database,
  topics: [`${database}.${database}.${table}`],
  createSource: () => {
    const options = { topicPrefix: database, partitions: 3, commitRecords: 500 };
    const source = createSource({ broker, url, tables: [{ database, table }], ...options });
    process.send?.('captures');
    return source;
  },
  logger: silentLogger,
});
await election.start();
process.send?.('started');
await election.finished;
