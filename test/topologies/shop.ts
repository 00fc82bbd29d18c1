import type { Connection } from 'mysql2/promise';
import { vi } from 'vitest';
import { loadShop } from '../../scripts/demo/shop-loader.ts';
import type { Host } from '../../src/cli/host/running-host.ts';
import { connectTo, startPrivateMySqlServer } from '../support/mysql.ts';

/** The topology files of the shop, as a user names them. */
export const shopTopologyFiles: readonly string[] = [
  'topologies/01-route-orders.ts',
  'topologies/02-enriched-orders.ts',
  'topologies/03-revenue-by-country.ts',
  'topologies/04-sold-items.ts',
  'topologies/05-orders-by-day.ts',
  'topologies/06-order-sessions.ts',
  'topologies/07-settled-orders.ts',
  'topologies/08-order-log.ts',
  'topologies/09-status-changes.ts',
  'topologies/10-order-events.ts',
  'topologies/11-hashed-emails.ts',
];

/** A MySQL server of its own with a loaded database `shop`. */
export interface ShopServer extends AsyncDisposable {
  readonly url: string;
  readonly connection: Connection;
}

/** Starts a server and loads the shop. `await using` ends it. */
export async function startShop(): Promise<ShopServer> {
  const server = await startPrivateMySqlServer();
  const connection = await connectTo(server.url);
  await connection.query('CREATE DATABASE shop');
  await connection.changeUser({ database: 'shop' });
  await loadShop({ connection, seed: 1 });
  const url = new URL(server.url);
  url.pathname = '/shop';
  return {
    url: url.href,
    connection,
    async [Symbol.asyncDispose]() {
      connection.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when everything that MySQL has committed is in the derived topics. Rejects when the host fails before. */
export async function untilCaughtUp(host: Host, connection: Connection): Promise<void> {
  let restfulLooks = 0;
  const atRest = vi.waitFor(
    async () => {
      restfulLooks = (await isAtRest(host, connection)) ? restfulLooks + 1 : 0;
      // A record between two sub-topologies may be in neither lag for a moment.
      if (restfulLooks < 3) throw new Error('still behind');
    },
    { timeout: 120_000, interval: 20 },
  );
  await Promise.race([atRest, host.finished]);
}

async function isAtRest({ source, applications }: Host, connection: Connection): Promise<boolean> {
  const done = source?.status().gtidSet ?? '';
  const [rows] = await connection.query('SELECT GTID_SUBTRACT(@@gtid_executed, ?) AS missing', [done]);
  if ((rows as { missing: string }[])[0]?.missing !== '') return false;
  for (const application of applications.values()) if ((await application.lag()) > 0) return false;
  return true;
}
