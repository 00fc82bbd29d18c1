import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../../src/broker/embedded/embedded-broker.ts';
import type { BrokerHarness } from '../broker-harness.ts';

/** A directory that is removed at the end of the test. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** An embedded broker in memory. */
export async function memoryHarness(
  options: EmbeddedBrokerOptions = {},
): Promise<BrokerHarness & { broker: EmbeddedBroker }> {
  const broker = await EmbeddedBroker.inMemory({ maintenanceIntervalMs: 0, ...options });
  return { broker, reopen: () => Promise.resolve(broker), [Symbol.asyncDispose]: () => broker.close() };
}

/** An embedded broker in a temporary directory. */
export async function diskHarness(
  options: EmbeddedBrokerOptions = {},
): Promise<BrokerHarness & { broker: EmbeddedBroker }> {
  const directory = await temporaryDirectory();
  const open = (): Promise<EmbeddedBroker> =>
    EmbeddedBroker.open({ directory: directory.path, maintenanceIntervalMs: 0, ...options });
  let broker = await open();
  return {
    get broker() {
      return broker;
    },
    reopen: async () => {
      await broker.close();
      broker = await open();
      return broker;
    },
    [Symbol.asyncDispose]: async () => {
      await broker.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
