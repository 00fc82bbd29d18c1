import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { applicationOf } from '../application-fixtures.ts';
import { sumsOfRows, sumsOfRowsConfig } from './sums-of-rows.ts';

/** Runs the sums of rows on the broker of a directory, its argument, until it is killed. Writes a line when it runs. */
const [directory] = process.argv.slice(2) as [string];
const broker = await EmbeddedBroker.open({ directory: `${directory}/broker` });
const config = { stateDirectory: `${directory}/state`, ...sumsOfRowsConfig };
const application = applicationOf({ topology: sumsOfRows(), broker, config });
await application.start();
process.stdout.write('running\n');
await application.finished;
