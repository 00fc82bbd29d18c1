import { inject } from 'vitest';
import { KafkaBroker, type KafkaBrokerOptions } from '../../../src/broker/kafka/kafka-broker.ts';
import type { BrokerHarness } from '../broker-harness.ts';
import '../../support/kafka-global-setup.ts';

/** `host:port,host:port` as addresses. */
export function addressesOf(bootstrap: string): { host: string; port: number }[] {
  return bootstrap.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });
}

/** A broker object on the Kafka broker that all tests of the run share. */
export function connectKafka(options: Partial<KafkaBrokerOptions> = {}): Promise<KafkaBroker> {
  const brokers = addressesOf(inject('kafkaBootstrap'));
  return KafkaBroker.connect({ brokers, clientId: 'test', retryTimeoutMs: 20_000, ...options });
}

/** The same for the conformance suite. Opening it again connects anew: Kafka has what it has. */
export async function kafkaHarness(options: Partial<KafkaBrokerOptions> = {}): Promise<BrokerHarness> {
  let broker = await connectKafka(options);
  return {
    get broker() {
      return broker;
    },
    async reopen() {
      await broker.close();
      broker = await connectKafka(options);
      return broker;
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}
