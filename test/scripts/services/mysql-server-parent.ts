// Starts a MySQL server, says so, and stays until it is killed.
import { startMySqlServer } from '../../../scripts/services/mysql-server.ts';

const [, , dataDirectory = ''] = process.argv;
await startMySqlServer({ dataDirectory, externalUrl: null });
process.send?.('started');
