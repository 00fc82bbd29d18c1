import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { Topology } from '../src/index.ts';
import { TopologyTestDriver } from '../src/testing/index.ts';

const ROOT = join(import.meta.dirname, '..');

/** The first program of the README, with the modules that it imports where they are here. */
async function firstProgram(): Promise<Topology> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const code = /```ts\n([^`]*)```/.exec(readme)?.[1] ?? '';
  const modules = { millrace: 'src/index.ts', './shop.tables.ts': 'topologies/shop.tables.ts' };
  let runnable = code;
  for (const [name, file] of Object.entries(modules)) {
    const url = pathToFileURL(join(ROOT, file)).href;
    runnable = runnable.replace(`'${name}'`, `'${url}'`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-readme-'));
  try {
    const file = join(folder, 'orders-by-country.ts');
    await writeFile(file, runnable);
    return ((await import(pathToFileURL(file).href)) as { default: Topology }).default;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the first program of the README writes what the README says', async () => {
  const driver = new TopologyTestDriver(await firstProgram());
  const customers = driver.createInputTopic<number, object>('mysql.shop.customers');
  const orders = driver.createInputTopic<number, object>('mysql.shop.orders');
  const counts = driver.createOutputTopic<string, number>('shop.orders-by-country');
  await customers.pipeInput(1, { id: 1, country: 'DE' });
  await customers.pipeInput(2, { id: 2, country: 'FR' });
  await orders.pipeInput(10, { id: 10, customer_id: 1 });
  await orders.pipeInput(11, { id: 11, customer_id: 1 });
  await orders.pipeInput(12, { id: 12, customer_id: 2 });
  await orders.pipeInput(10, null);
  await customers.pipeInput(1, { id: 1, country: 'FR' });
  const written = counts.readRecords().map(({ key, value }) => [key, value]);
  await driver.close();

  expect(written).toEqual([
    ['DE', 1],
    ['DE', 2],
    ['FR', 1],
    ['DE', 1],
    ['DE', 0],
    ['FR', 2],
  ]);
});
