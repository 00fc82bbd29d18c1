import { apiVersionsV3, type Connection, ResponseError } from '@platformatic/kafka';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../core/millrace-error.ts';
import type { BrokerAddress, KafkaConnection, KafkaConnections } from './kafka-connections.ts';
import { type BrokerVersions, type KafkaCall, pickCodec } from './kafka-request.ts';
import { connectionFailed } from './protocol-error.ts';

/**
 * Connections of one purpose, one to each broker. A broker answers what comes over a connection in turn, so that a fetch
 * that waits for records would hold up a heartbeat: whoever waits at the broker gets a lane of its own.
 */
export class KafkaLane {
  readonly #connections: KafkaConnections;
  readonly #versions = new WeakMap<KafkaConnection, Promise<BrokerVersions>>();
  readonly #closing = new AbortController();

  constructor(connections: KafkaConnections) {
    setMaxListeners(0, this.#closing.signal);
    this.#connections = connections;
  }

  /**
   * Sends a request. Resolves with the response, errors of the protocol in it included: those are the caller's to look at.
   * Throws BROKER_UNAVAILABLE (worth a retry), BROKER_AUTHENTICATION, BROKER_TLS, BROKER_UNSUPPORTED, BROKER_CLOSED.
   */
  async send<Arguments extends unknown[], Response>(
    broker: BrokerAddress,
    { request, args }: KafkaCall<Arguments, Response>,
  ): Promise<Response> {
    let connection: KafkaConnection | undefined;
    try {
      this.#expectOpen();
      connection = await this.#connections.get(broker);
      const codec = pickCodec(request, await this.#versionsOf(connection), connection);
      return await codec.async(connection as Connection, ...args);
    } catch (error) {
      if (error instanceof ResponseError && 'response' in error) return error.response as Response;
      this.#expectOpen();
      // What is waited for ends with "closed" only; why it was closed the connection knows.
      const failure = connection === undefined ? undefined : this.#connections.failureOf(connection);
      throw connectionFailed(failure ?? error, { broker: `${broker.host}:${broker.port}`, request: request.name });
    }
  }

  /** What a broker speaks. Throws as `send` does. */
  async versionsOf(broker: BrokerAddress): Promise<BrokerVersions> {
    try {
      return await this.#versionsOf(await this.#connections.get(broker));
    } catch (error) {
      this.#expectOpen();
      throw connectionFailed(error, { broker: `${broker.host}:${broker.port}`, request: 'ApiVersions' });
    }
  }

  /** Waits before a retry. Throws BROKER_CLOSED where the lane is closed by then. */
  async pause(waitMs: number): Promise<void> {
    await delay(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    this.#expectOpen();
  }

  /** Ends all that waits with BROKER_CLOSED. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#connections.close();
  }

  #versionsOf(connection: KafkaConnection): Promise<BrokerVersions> {
    let versions = this.#versions.get(connection);
    if (versions === undefined) {
      versions = askVersions(connection);
      versions.catch(() => this.#versions.delete(connection));
      this.#versions.set(connection, versions);
    }
    return versions;
  }

  #expectOpen(): void {
    if (this.#closing.signal.aborted)
      throw new MillraceError('BROKER_CLOSED', 'Expected a connected broker, got one that has been closed');
  }
}

async function askVersions(connection: KafkaConnection): Promise<BrokerVersions> {
  const { apiKeys, finalizedFeatures } = await apiVersionsV3.api.async(connection as Connection, 'millrace', '1');
  return {
    ranges: new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]])),
    features: new Map((finalizedFeatures ?? []).map(({ name, maxVersionLevel }) => [name, maxVersionLevel])),
  };
}
