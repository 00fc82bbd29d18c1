import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { createSource } from './capture.ts';

/** A process that captures one table into a broker in a directory until it is killed: `capture-process.ts URL DIR DB TABLE`. */
const [url = '', directory = '', database = '', table = ''] = process.argv.slice(2);
const broker = await EmbeddedBroker.open({ directory });
const source = createSource({ broker, url, tables: [{ database, table }], partitions: 3, commitRecords: 50 });
await source.start();
process.send?.('started');
await source.finished;
