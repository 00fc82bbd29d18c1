import { Kafka, logLevel } from 'kafkajs';
import type { ByteRequest } from '../kafka/byte-connection.ts';
import type { BrokerAddress, ConnectionSettings } from '../kafka/kafka-connections.ts';
import type { KafkaSecurity } from '../kafka/kafka-security.ts';
import { brokerSockets, type SocketEvents } from './broker-socket.ts';
import { kafkajsSasl } from './kafkajs-sasl.ts';

/**
 * A session that ends in so many milliseconds is authenticated anew before the next request. Less than sessions last: a
 * broker refuses who comes again within a second.
 */
const REAUTHENTICATION_MS = 300;

/** What is used of a connection of kafkajs; its types leave it out. */
interface WireConnection {
  readonly requestQueue: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };
  isConnected(): boolean;
  send<Answer>(call: {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
    };
    readonly response: {
      readonly decode: (bytes: Buffer) => Promise<Buffer>;
      readonly parse: (bytes: Buffer) => Promise<Answer>;
    };
    readonly logResponseError: boolean;
  }): Promise<Answer>;
}

/** What is used of the cluster of kafkajs; its types leave it out. */
interface WireCluster {
  readonly brokerPool: {
    readonly seedBroker: {
      connect(): Promise<void>;
      readonly connectionPool: {
        getConnection(): Promise<WireConnection>;
        map(change: (connection: WireConnection) => void): void;
      };
    };
    createSeedBroker(): Promise<void>;
  };
}

/** How one connection is made. */
export interface KafkajsConnectionOptions extends ConnectionSettings, SocketEvents {
  readonly broker: BrokerAddress;
  readonly security: KafkaSecurity;
}

/** One connection to a broker, connected, authenticated and kept so by kafkajs. */
export class KafkajsConnection {
  readonly #connection: WireConnection;

  private constructor(connection: WireConnection) {
    this.#connection = connection;
  }

  /** Connects and authenticates. Throws as kafkajs does. */
  static async open(options: KafkajsConnectionOptions): Promise<KafkajsConnection> {
    const { broker, security } = options;
    const { tls, sasl } = security;
    const kafka = new Kafka({
      brokers: [`${broker.host}:${broker.port}`],
      clientId: options.clientId,
      connectionTimeout: options.connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      reauthenticationThreshold: REAUTHENTICATION_MS,
      // What goes wrong is thrown, and logged by whoever catches it.
      logLevel: logLevel.NOTHING,
      logCreator: () => () => undefined,
      socketFactory: brokerSockets(tls, options),
      ...(tls === undefined ? {} : { ssl: tls }),
      ...(sasl === undefined ? {} : { sasl: await kafkajsSasl(sasl) }),
    });
    const { brokerPool } = clusterOf(kafka);
    await brokerPool.createSeedBroker();
    const { seedBroker } = brokerPool;
    seedBroker.connectionPool.map(calmQueue);
    await seedBroker.connect();
    return new KafkajsConnection(await seedBroker.connectionPool.getConnection());
  }

  get isConnected(): boolean {
    return this.#connection.isConnected();
  }

  /** Sends a request, and authenticates anew before it where the session is about to end. Throws as kafkajs does. */
  exchange({ key, version, bytes }: ByteRequest): Promise<Buffer> {
    return this.#connection.send({
      request: {
        apiKey: key,
        apiVersion: version,
        apiName: String(key),
        encode: async () => ({ buf: bytes, buffer: bytes }),
      },
      response: { decode: async (answer) => answer, parse: async (answer) => answer },
      logResponseError: false,
    });
  }
}

/** The cluster behind a client: assignors are given it, as soon as there is a consumer. */
function clusterOf(kafka: Kafka): WireCluster {
  let found: unknown;
  kafka.consumer({
    groupId: 'unused',
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return {
          name: 'unused',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: '', metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  return found as WireCluster;
}

/** kafkajs looks for requests that wait every millisecond once one was answered, also where none does. */
function calmQueue({ requestQueue }: WireConnection): void {
  const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) schedule();
  };
}
