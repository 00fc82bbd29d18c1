import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ShopWorkload } from '../../scripts/demo/shop-workload.ts';
import { startHost } from '../../src/cli/host/host.ts';
import { loadTopologies } from '../../src/cli/host/load-topologies.ts';
import { connectTo } from '../support/mysql.ts';
import { expectOrderEventsToBeTrue } from './shop-events.ts';
import { expectSoldItemsToBeTrue, expectViewsToEqualMySql } from './shop-views.ts';
import { shopTopologyFiles, startShop, untilCaughtUp } from './shop.ts';

const STEPS = 400;

test(
  'every derived topic equals the same SELECT after a random workload, before and after a restart',
  { timeout: 180_000 },
  async () => {
    await using shop = await startShop();
    const directory = await mkdtemp(join(tmpdir(), 'millrace-topologies-'));
    const topologies = await loadTopologies(shopTopologyFiles);
    const writer = await connectTo(shop.url);
    try {
      for (const seed of [1, 2]) {
        const host = await startHost({
          topologies,
          application: { dataDirectory: directory },
          mysql: { mysqlUrl: shop.url },
        });
        try {
          const workload = new ShopWorkload({ connection: writer, seed });
          for (let step = 0; step < STEPS; step++) await workload.step();
          expect(workload.changedRows).toBeGreaterThan(STEPS);
          await untilCaughtUp(host, shop.connection);
          await expectViewsToEqualMySql(host.broker, shop.connection);
          await expectSoldItemsToBeTrue(host.broker, shop.connection);
          await expectOrderEventsToBeTrue(host.broker);
        } finally {
          await host.stop();
        }
        // Changes that nobody sees until the next start.
        const unseen = new ShopWorkload({ connection: writer, seed: seed + 10 });
        for (let step = 0; step < 20; step++) await unseen.step();
      }
    } finally {
      writer.destroy();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
