import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { applicationOf } from '../application-fixtures.ts';
import { countCallsTopology } from './count-calls.ts';

/** Runs an application that calls the outside, on the broker of a directory, until it is killed. Argument: the directory. */
const [directory] = process.argv.slice(2) as [string];
const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
const application = applicationOf({
  topology: countCallsTopology(`${directory}/outside`),
  broker,
  config: { stateDirectory: `${directory}/state`, commitIntervalMs: 5 },
});
await application.start();
process.stdout.write('running\n');
await application.finished;
