import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaServer, type KafkaServerOptions, startKafkaServer } from '../../../scripts/services/kafka-server.ts';
import { KafkaBroker, type KafkaBrokerOptions } from '../../../src/broker/kafka/kafka-broker.ts';
import { addressesOf } from './kafka-harness.ts';

/** A Kafka cluster of some tests, to be disposed of by them. */
export interface PrivateKafka extends AsyncDisposable {
  readonly server: KafkaServer;
  connect(options?: Partial<KafkaBrokerOptions>): Promise<KafkaBroker>;
}

/** Starts a cluster that tests may configure, kill and restart. Takes some 7 s. */
export async function startPrivateKafka(options: Omit<KafkaServerOptions, 'dataDirectory'>): Promise<PrivateKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-'));
  const removeData = () => rm(folder, { recursive: true, force: true });
  const server = await startKafkaServer({ dataDirectory: folder, ...options }).catch(async (error: unknown) => {
    await removeData();
    throw error;
  });
  return {
    server,
    connect: (given = {}) =>
      KafkaBroker.connect({ brokers: addressesOf(server.bootstrap()), clientId: 'test', ...given }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await removeData();
    },
  };
}
