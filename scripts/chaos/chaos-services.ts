import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mysql2/promise';
import { KafkaBroker } from '../../src/broker/kafka/kafka-broker.ts';
import { loadShop } from '../demo/shop-loader.ts';
import { type KafkaServer, startKafkaServer } from '../services/kafka-server.ts';
import { type MySqlServer, startMySqlServer } from '../services/mysql-server.ts';

/** What instances run on: one Kafka broker and one MySQL server with the shop, both of this process. */
export class ChaosServices implements AsyncDisposable {
  readonly kafka: KafkaServer;
  /** The shop's database. */
  readonly mysqlUrl: string;
  /** Connections of whoever looks at what came out. */
  readonly broker: KafkaBroker;
  readonly connection: Connection;
  readonly #mysql: MySqlServer;

  constructor(parts: { kafka: KafkaServer; mysql: MySqlServer; broker: KafkaBroker; connection: Connection }) {
    this.kafka = parts.kafka;
    this.broker = parts.broker;
    this.connection = parts.connection;
    this.#mysql = parts.mysql;
    this.mysqlUrl = shopUrl(parts.mysql);
  }

  static async start(directory: string, seed: number): Promise<ChaosServices> {
    await mkdir(directory, { recursive: true });
    const [mysql, kafka] = await Promise.all([
      startMySqlServer({ dataDirectory: join(directory, 'mysql'), externalUrl: null }),
      startKafkaServer({ dataDirectory: join(directory, 'kafka'), controllerApart: true, settings: SETTINGS }),
    ]);
    const setup = await createConnection(mysql.url);
    await setup.query('CREATE DATABASE shop');
    await setup.end();
    const connection = await createConnection({ uri: shopUrl(mysql), timezone: 'Z' });
    await loadShop({ connection, seed });
    const [host = '', port] = kafka.bootstrap().split(':');
    const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }], clientId: 'chaos' });
    return new ChaosServices({ kafka, mysql, broker, connection });
  }

  /** Another connection, for the writer. */
  connect(): Promise<Connection> {
    return createConnection({ uri: this.mysqlUrl, timezone: 'Z' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy();
    await this.broker.close().catch(() => undefined);
    await Promise.all([this.kafka.stop(), this.#mysql.stop()]);
  }
}

const SETTINGS = {
  // Sessions are of 6 s at least by default, and transactions of the dead looked for every 10 s.
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  // A broker that is killed is known to be gone before it is back. Where it comes back first, Kafka 4.3.1 leaves out markers
  // of transactions for partitions that have no leader for that moment, and so leaves them open for ever.
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '300',
};

function shopUrl({ url }: MySqlServer): string {
  const shop = new URL(url);
  shop.pathname = '/shop';
  return shop.href;
}
