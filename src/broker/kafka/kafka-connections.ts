import { type Connection, ConnectionPool, type ConnectionOptions } from '@platformatic/kafka';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** What requests are sent over: encodes the header, waits for the answer, gives it to the parser. */
export type KafkaConnection = Pick<Connection, 'host' | 'port' | 'send'>;

/** Connections of one purpose, one to each broker, made by a client library. */
export interface KafkaConnections {
  /** The open connection to a broker, else a new one, authenticated. Throws as the library does, or a `MillraceError`. */
  get(broker: BrokerAddress): Promise<KafkaConnection>;
  /** Why a connection broke, where more is known than what its requests ended with. */
  failureOf(connection: KafkaConnection): unknown;
  /** Ends all that waits. */
  close(): Promise<void>;
}

/** How connections are made. */
export interface ConnectionSettings {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  /** How long one request may take. */
  readonly requestTimeoutMs: number;
}

/** Makes the connections of a purpose. */
export type OpenConnections = (settings: ConnectionSettings) => KafkaConnections;

/** TLS and SASL as the client library takes them. */
type Security = Pick<ConnectionOptions, 'tls' | 'sasl'>;

/** Connections of `@platformatic/kafka`. */
export class PlatformaticConnections implements KafkaConnections {
  readonly #pool: ConnectionPool;
  readonly #failures = new WeakMap<KafkaConnection, unknown>();

  constructor({ clientId, connectTimeoutMs, requestTimeoutMs }: ConnectionSettings, security: Security) {
    this.#pool = new ConnectionPool(clientId, {
      connectTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxInflights: 5,
      ...security,
    });
    this.#pool.on('connecting', ({ connection }) => {
      // Without a listener an error of a connection that nobody uses just now would end the process.
      connection.on('error', (error) => {
        if (!this.#failures.has(connection)) this.#failures.set(connection, error);
      });
    });
  }

  get(broker: BrokerAddress): Promise<Connection> {
    return this.#pool.get(broker);
  }

  failureOf(connection: KafkaConnection): unknown {
    return this.#failures.get(connection);
  }

  async close(): Promise<void> {
    for (const [, connection] of this.#pool) connection.socket?.destroy();
    await this.#pool.close().catch(() => undefined);
  }
}
