import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { expectError, valuesOf } from '../broker-harness.ts';
import { temporaryDirectory } from './embedded-harness.ts';

const CHILD = join(import.meta.dirname, 'kill-child.ts');
const ROUNDS = 4;

test('what a process killed with SIGKILL had acknowledged is there, and no transaction is torn', async () => {
  await using directory = await temporaryDirectory();
  let last = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await produceUntilKilled(directory.path, last, 100 + round * 97);
    const broker = await EmbeddedBroker.open({ directory: directory.path });
    const [zero, one, two, three] = await Promise.all([0, 1, 2, 3].map((partition) => numbersOf(broker, partition)));
    const [offset] = await broker.admin.committedOffsets('group', [{ topic: 'numbers', partition: 0 }]);
    last = one?.at(-1) as number;
    // Without a gap, in order, and at most the one that was not acknowledged any more.
    expect(one).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(zero).toEqual(one);
    expect(two).toEqual(one);
    expect([last, last - 1]).toContain(acknowledged);
    expect([last, last - 1]).toContain(three?.length);
    expect(three?.at(-1)).toBeGreaterThanOrEqual(acknowledged);
    expect(offset?.offset).toBe(last);
    expect(await latestOf(broker)).toEqual(
      new Map(Array.from({ length: Math.min(50, last) }, (_, age) => latestEntry(last - age))),
    );
    await broker.close();
    if (three?.at(-1) !== last) last = await repairPlain(directory.path, last);
  }
});

test('a second process is refused with the pid of the first, and let in when that was killed', async () => {
  await using directory = await temporaryDirectory();
  const child = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory.path, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const error = await expectError(() => EmbeddedBroker.open({ directory: directory.path }), 'BROKER_LOCKED');
  expect(error.message).toContain(`process ${child.pid}`);
  expect(error.context['pid']).toBe(child.pid);
  child.kill('SIGKILL');
  await once(child, 'close');
  const broker = await EmbeddedBroker.open({ directory: directory.path });
  await expectError(() => EmbeddedBroker.open({ directory: directory.path }), 'BROKER_LOCKED');
  await broker.close();
  await (await EmbeddedBroker.open({ directory: directory.path })).close();
});

/** Lets a process produce until it has acknowledged so many numbers more, kills it, and returns the last one it acknowledged. */
async function produceUntilKilled(directory: string, from: number, count: number): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let last = from;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (last >= from + count) child.kill('SIGKILL');
  }
  await closed;
  return last;
}

/** The number of the last transaction may be missing from the partition written after it: adds it. */
async function repairPlain(directory: string, number: number): Promise<number> {
  const broker = await EmbeddedBroker.open({ directory });
  const record = { key: Buffer.from('repair'), value: Buffer.from(String(number)), timestamp: 0, headers: [] };
  await (await broker.openProducer()).send([{ topic: 'numbers', partition: 3, records: [record] }]);
  await broker.close();
  return number;
}

async function numbersOf(broker: EmbeddedBroker, partition: number): Promise<number[]> {
  const values = await valuesOf(broker, 'numbers', partition);
  return values.filter((value) => value !== null && /^\d+$/.test(value)).map(Number);
}

async function latestOf(broker: EmbeddedBroker): Promise<Map<string, string>> {
  const latest = new Map<string, string>();
  for (const value of await valuesOf(broker, 'latest')) latest.set(`key-${Number(value) % 50}`, String(value));
  return latest;
}

function latestEntry(number: number): [string, string] {
  return [`key-${number % 50}`, String(number)];
}
