import { describe, expect, inject, test } from 'vitest';
import { KafkaCluster } from '../../../src/broker/kafka/kafka-cluster.ts';
import { speaks } from '../../../src/broker/kafka/kafka-request.ts';
import { initProducerId, joinGroup } from '../../../src/broker/kafka/kafka-requests.ts';
import { protocolErrorName } from '../../../src/broker/kafka/protocol-error.ts';
import { expectError, freshId } from '../broker-harness.ts';
import '../../support/kafka-global-setup.ts';

function connect(bootstrap = inject('kafkaBootstrap'), retryTimeoutMs = 10_000): Promise<KafkaCluster> {
  const addresses = bootstrap.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });
  const clientId = 'test';
  return KafkaCluster.connect({
    bootstrap: addresses,
    clientId,
    connectTimeoutMs: 2000,
    requestTimeoutMs: 20_000,
    retryTimeoutMs,
  });
}

describe('a Kafka cluster', () => {
  test('tells what its brokers speak and which features are on', async () => {
    const cluster = await connect();
    const versions = await cluster.versionsOfAny(cluster.openLane());
    expect(versions.features.get('transaction.version')).toBe(2);
    expect(joinGroup.codecs.some((codec) => speaks(versions, codec))).toBe(true);
    await cluster.close();
  });

  test('finds the coordinator, and gives errors of the protocol as responses', async () => {
    const cluster = await connect();
    const lane = cluster.openLane();
    const of = { kind: 'transaction', key: freshId() } as const;
    const tooLong = await cluster.sendToCoordinator(lane, of, {
      request: initProducerId,
      args: () => [of.key, 2 ** 31 - 1, -1n, -1],
    });
    expect(protocolErrorName(tooLong.errorCode)).toBe('INVALID_TRANSACTION_TIMEOUT');
    const good = await cluster.sendToCoordinator(lane, of, {
      request: initProducerId,
      args: () => [of.key, 1000, -1n, -1],
    });
    expect(good).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    await cluster.close();
  });

  test('a coordinator that is busy for longer than anybody waits may be ready later', async () => {
    const cluster = await connect();
    const of = { kind: 'transaction', key: freshId() } as const;
    const error = await expectError(
      () =>
        cluster.sendToCoordinator(cluster.openLane(), of, {
          request: initProducerId,
          args: () => [of.key, 2 ** 31 - 1, -1n, -1],
          retry: new Set(['INVALID_TRANSACTION_TIMEOUT']),
          timeoutMs: 50,
        }),
      'BROKER_UNAVAILABLE',
    );
    expect(error.message).toContain('got INVALID_TRANSACTION_TIMEOUT');
    await cluster.close();
  });

  test('is not there where nobody listens', async () => {
    const error = await expectError(() => connect('127.0.0.1:1', 0), 'BROKER_UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('after close, what waits and what comes later says so', async () => {
    const cluster = await connect();
    const lane = cluster.openLane();
    const of = { kind: 'group', key: freshId() } as const;
    const protocols = [{ name: 'p', metadata: Buffer.alloc(0) }];
    const join = (memberId: string) =>
      cluster.sendToCoordinator(lane, of, {
        request: joinGroup,
        args: () => [of.key, 6000, 60_000, memberId, null, 'consumer', protocols, 'a test'],
      });
    const { memberId } = await join('');
    const joined = join(memberId);
    await Promise.all([joined.catch(() => undefined), cluster.close()]);
    await expectError(() => join(memberId), 'BROKER_CLOSED');
    await expectError(() => cluster.refresh(), 'BROKER_CLOSED');
  });
});
