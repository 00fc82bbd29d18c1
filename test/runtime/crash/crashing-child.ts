import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { applicationOf } from '../application-fixtures.ts';
import { countAndSumTopology } from './count-and-sum.ts';

/**
 * Runs an application on the broker of a directory until it is killed. Writes the store restores it made as a line of JSON
 * when it runs. Arguments: directory, guarantee.
 */
const [directory, guarantee] = process.argv.slice(2) as [string, 'exactly_once' | 'at_least_once'];
const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
const restores: unknown[] = [];
const application = applicationOf({
  topology: countAndSumTopology(),
  broker,
  config: {
    stateDirectory: `${directory}/state`,
    processingGuarantee: guarantee,
    // Small, so that a kill meets every step of many commits.
    commitIntervalMs: 5,
    sendBytes: 10_000,
    repartitionPurgeIntervalMs: 20,
  },
  stateListener: { onRestoreEnd: (progress) => restores.push(progress) },
});
await application.start();
process.stdout.write(`${JSON.stringify(restores)}\n`);
await application.finished;
