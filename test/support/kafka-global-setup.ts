import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startKafkaServer } from '../../scripts/services/kafka-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the one broker that all `*.kafka.test.ts` of a run share. */
    readonly kafkaBootstrap: string;
  }
}

/** Starts one Kafka broker for the run. Vitest runs it only when a test needs it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-kafka-'));
  const settings = {
    // Aborted transactions are looked for every 10 s by default.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    // Sessions are of 6 s at least by default.
    'group.min.session.timeout.ms': '500',
  };
  const server = await startKafkaServer({ dataDirectory, settings });
  project.provide('kafkaBootstrap', server.bootstrap());
  return async () => {
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
}
