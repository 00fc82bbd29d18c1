import type { Socket } from 'node:net';
import { MillraceError } from '../../core/millrace-error.ts';
import { ByteConnection } from '../kafka/byte-connection.ts';
import type {
  BrokerAddress,
  ConnectionSettings,
  KafkaConnection,
  KafkaConnections,
  OpenConnections,
} from '../kafka/kafka-connections.ts';
import type { KafkaSecurity } from '../kafka/kafka-security.ts';
import { KafkajsConnection } from './kafkajs-connection.ts';
import { kafkajsFailed } from './kafkajs-failed.ts';

/** A connection, and what it takes to look after it. */
interface OpenConnection {
  readonly connection: KafkaConnection;
  readonly isConnected: () => boolean;
}

/** What is known of a socket. */
interface SocketState {
  socket: Socket | undefined;
  failure: Error | undefined;
}

/** How connections are made by kafkajs, for `KafkaBroker`. */
export function kafkajsConnections(security: KafkaSecurity): OpenConnections {
  return (settings) => new KafkajsConnections(settings, security);
}

/** Connections of kafkajs: one to each broker. */
class KafkajsConnections implements KafkaConnections {
  readonly #settings: ConnectionSettings;
  readonly #security: KafkaSecurity;
  readonly #open = new Map<string, Promise<OpenConnection>>();
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor(settings: ConnectionSettings, security: KafkaSecurity) {
    this.#settings = settings;
    this.#security = security;
  }

  async get(broker: BrokerAddress): Promise<KafkaConnection> {
    const address = `${broker.host}:${broker.port}`;
    let opening = this.#open.get(address);
    if (opening !== undefined && !(await opening).isConnected() && this.#open.get(address) === opening) {
      this.#open.delete(address);
    }
    opening = this.#open.get(address);
    if (opening === undefined) {
      opening = this.#connect(broker);
      this.#open.set(address, opening);
      opening.catch(() => this.#open.delete(address));
    }
    return (await opening).connection;
  }

  failureOf(): undefined {
    // What a request ends with says it already.
    return undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(broker: BrokerAddress): Promise<OpenConnection> {
    const state: SocketState = { socket: undefined, failure: undefined };
    try {
      const connection = await KafkajsConnection.open({
        ...this.#settings,
        broker,
        security: this.#security,
        onOpen: (socket) => this.#watch(socket, state),
        onFailure: (error) => {
          state.failure ??= error;
        },
      });
      const exchange = new ByteConnection(broker, (request) =>
        connection.exchange(request).catch((error: unknown) => {
          // The answer may come yet, and what is sent meanwhile would wait behind it.
          state.socket?.destroy();
          throw kafkajsFailed(error, state.failure);
        }),
      );
      return { connection: exchange, isConnected: () => connection.isConnected };
    } catch (error) {
      state.socket?.destroy();
      throw kafkajsFailed(error, state.failure);
    }
  }

  #watch(socket: Socket, state: SocketState): void {
    if (this.#closed) {
      socket.destroy();
      throw new MillraceError('BROKER_CLOSED', 'Expected an open broker, got one that has been closed');
    }
    state.socket = socket;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
