import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { createSource } from './capture.ts';

/** A process that captures tables into a broker in a directory until it is killed: `capture-process.ts URL DIR DB TABLE…`. */
const [url = '', directory = '', database = '', ...tables] = process.argv.slice(2);
const broker = await EmbeddedBroker.open({ directory });
const source = createSource({
  broker,
  url,
  tables: tables.map((table) => ({ database, table, isTable: true })),
  partitions: 3,
  commitRecords: 50,
  snapshotChunkRows: 60,
});
await source.start();
process.send?.('started');
await source.finished;
