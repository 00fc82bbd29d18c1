import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { systemClock } from '../../src/core/clock.ts';
import { DirectoryLock } from '../../src/core/directory-lock.ts';
import { startMySqlServer, type MySqlServer } from '../services/mysql-server.ts';
import { DashboardModel } from './dashboard-model.ts';
import type { DemoOutput } from './demo-output.ts';
import { runTopologies, type RunningTopologies } from './run-topologies.ts';
import { dropShopDatabase, openShopDatabase } from './shop-database.ts';
import { ShopWorkload } from './shop-workload.ts';
import type { DerivedRecord } from './topic-watcher.ts';

const databaseName = 'shop';

/** How the demo is run. */
export interface DemoOptions {
  /** Where all of its data goes. */
  readonly directory: string;
  /** Forget everything first. */
  readonly reset: boolean;
  readonly changesPerSecond: number;
  readonly output: DemoOutput;
  /** Ends it in order. */
  readonly signal: AbortSignal;
}

/**
 * Runs the demo until the signal comes: MySQL server, shop, topologies, workload; stopped in the opposite order. What it
 * leaves in `directory` (and in the database) is what the next run goes on from. Rejects with the first error of any part,
 * after everything is stopped. Throws BROKER_LOCKED where another one runs in that directory.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const closers: (() => Promise<void> | void)[] = [];
  try {
    await startAndRun(options, closers);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function startAndRun(options: DemoOptions, closers: (() => Promise<void> | void)[]): Promise<void> {
  const { directory, output, signal, reset, changesPerSecond } = options;
  const lock = DirectoryLock.take(directory, { locked: 'BROKER_LOCKED', storage: 'BROKER_STORAGE' });
  closers.push(() => lock.release());
  const folders = foldersOf(directory, process.env['MILLRACE_MYSQL_URL']);
  if (reset) for (const folder of folders.own) rmSync(folder, { recursive: true, force: true });

  output.say('starting MySQL ...');
  const server = await startMySqlServer({ dataDirectory: folders.mysql }).catch((error: unknown) => {
    // Ctrl-C ends the fetching of packages too.
    if (signal.aborted) return null;
    throw error;
  });
  if (server === null) return;
  closers.push(() => server.stop());
  if (signal.aborted) return;
  await prepareShop(server, options);
  if (signal.aborted) return;

  const mysqlUrl = urlOf(server, databaseName);
  const model = new DashboardModel(systemClock, describeServer(server));
  const onRecord = (record: DerivedRecord): void => {
    model.add(record);
    output.record(record);
  };
  output.say('starting the topologies ...');
  const topologies = await runTopologies({ mysqlUrl, directory: folders.topologies, onRecord });
  closers.push(() => topologies.stop());
  if (signal.aborted) return;
  model.setTopics(topologies.initialCounts);

  const connection = await createConnection({ uri: mysqlUrl, timezone: 'Z' });
  closers.push(() => connection.end());
  const workload = new ShopWorkload({ connection, seed: systemClock.now(), changesPerSecond });
  await keepGoing({ workload, topologies, model, output, signal });
}

/** What is derived from one server means nothing to another: each has its own folder. */
function foldersOf(directory: string, externalUrl: string | undefined) {
  const mysql = join(directory, 'mysql');
  if (!externalUrl) {
    const topologies = join(directory, 'topologies');
    return { mysql, topologies, own: [mysql, topologies] };
  }
  const { hostname, port } = URL.parse(externalUrl) ?? { hostname: 'unknown', port: '' };
  const topologies = join(directory, `topologies-${hostname}-${port || 3306}`);
  return { mysql, topologies, own: [topologies] };
}

async function prepareShop(server: MySqlServer, { reset, output }: DemoOptions): Promise<void> {
  const connection = await createConnection({ uri: urlOf(server, ''), timezone: 'Z' });
  try {
    if (reset) await dropShopDatabase(connection, databaseName);
    const loaded = await openShopDatabase({ connection, name: databaseName, seed: 1 });
    output.say(
      loaded ? `loaded the shop into ${describeServer(server)}` : `going on with the shop in ${describeServer(server)}`,
    );
  } finally {
    await connection.end();
  }
}

function urlOf(server: MySqlServer, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

/** Without the password. */
function describeServer(server: MySqlServer): string {
  return `mysql://${server.user}@${server.host}:${server.port}/${databaseName}`;
}

interface RunningParts {
  readonly workload: ShopWorkload;
  readonly topologies: RunningTopologies;
  readonly model: DashboardModel;
  readonly output: DemoOutput;
  readonly signal: AbortSignal;
}

/** Until the signal comes or a part fails. The workload has ended when this ends. */
async function keepGoing({ workload, topologies, model, output, signal }: RunningParts): Promise<void> {
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);
  const stopOnError = async (running: Promise<void>): Promise<void> => {
    try {
      await running;
    } finally {
      failed.abort();
    }
  };
  const show = async (): Promise<void> => {
    while (!ending.aborted) {
      output.refresh(model.sample({ changes: workload.changedRows, lag: await topologies.lag() }));
      await delay(output.refreshMs, undefined, { signal: ending }).catch(() => undefined);
    }
    output.close();
  };
  const untilStopped = Promise.race([topologies.finished, untilAborted(ending)]);
  const results = await Promise.allSettled([workload.run(ending), show(), untilStopped].map(stopOnError));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** The signal may have come already: then no event follows. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
