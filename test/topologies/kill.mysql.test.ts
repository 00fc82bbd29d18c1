import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../scripts/demo/seeded-random.ts';
import { ShopWorkload } from '../../scripts/demo/shop-workload.ts';
import { startHost } from '../../src/cli/host/host.ts';
import { loadTopologies } from '../../src/cli/host/load-topologies.ts';
import { connectTo } from '../support/mysql.ts';
import { expectOrderEventsToBeTrue } from './shop-events.ts';
import { expectSoldItemsToBeTrue, expectViewsToEqualMySql } from './shop-views.ts';
import { shopTopologyFiles, startShop, untilCaughtUp } from './shop.ts';

const KILLS = 20;

test(
  `nothing is lost or counted twice when the application is killed ${KILLS} times`,
  { timeout: 600_000 },
  async () => {
    await using shop = await startShop();
    const directory = await mkdtemp(join(tmpdir(), 'millrace-kill-'));
    const writer = await connectTo(shop.url);
    const writing = new AbortController();
    const workload = new ShopWorkload({ connection: writer, seed: 7, changesPerSecond: 200 });
    const written = workload.run(writing.signal);
    const random = new SeededRandom(20);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const child = runShop(directory, shop.url);
        // Every other one while it starts and catches up, the rest once all applications are running.
        if (kill % 2 === 0) await untilRunning(child);
        await delay(random.between(0, 2000));
        await killed(child);
      }
      writing.abort();
      await written;
      const topologies = await loadTopologies(shopTopologyFiles);
      const host = await startHost({
        topologies,
        application: { dataDirectory: directory },
        mysql: { mysqlUrl: shop.url },
      });
      try {
        await untilCaughtUp(host, shop.connection);
        await expectViewsToEqualMySql(host.broker, shop.connection);
        await expectSoldItemsToBeTrue(host.broker, shop.connection);
        await expectOrderEventsToBeTrue(host.broker);
      } finally {
        await host.stop();
      }
      expect(workload.changedRows).toBeGreaterThan(KILLS);
    } finally {
      writing.abort();
      writer.destroy();
      await rm(directory, { recursive: true, force: true });
    }
  },
);

/** The command line, as a user runs it. */
function runShop(directory: string, url: string): ChildProcess {
  const args = ['--conditions=millrace-source', 'src/cli/main.ts', 'run', ...shopTopologyFiles];
  return spawn(process.execPath, [...args, '--data-dir', directory, '--mysql', url, '--log-format', 'json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Resolves when each application has said that it is running; rejects when the process ends before, with what it said. */
async function untilRunning({ stderr }: ChildProcess): Promise<void> {
  const lines: string[] = [];
  let running = 0;
  for await (const line of createInterface({ input: stderr as Readable })) {
    lines.push(line);
    if ((JSON.parse(line) as { to?: string }).to === 'RUNNING') running++;
    if (running === shopTopologyFiles.length) return;
  }
  throw new Error(`the process ended by itself:\n${lines.join('\n')}`);
}

/** Kills a process that must still be running: one that ended by itself has failed. */
async function killed(child: ChildProcess): Promise<void> {
  child.stderr?.resume();
  expect(child.exitCode, 'exit code before the kill').toBeNull();
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
