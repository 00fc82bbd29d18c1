import { join } from 'node:path';
import { type KafkaServer, startKafkaServer } from '../../scripts/services/kafka-server.ts';
import { KafkaBroker } from '../../src/broker/kafka/kafka-broker.ts';
import { fillCustomers, fillOrders, fillProducts } from '../streams/orders.ts';

/** What programs are compared on: one Kafka broker with the filled topics. */
export class CompareServices implements AsyncDisposable {
  readonly #server: KafkaServer;
  readonly #broker: KafkaBroker;

  private constructor(server: KafkaServer, broker: KafkaBroker) {
    this.#server = server;
    this.#broker = broker;
  }

  static async start(directory: string, orders: number): Promise<CompareServices> {
    const server = await startKafkaServer({
      dataDirectory: join(directory, 'kafka'),
      javaOptions: ['-Xmx1g'],
    });
    const [host = '', port] = server.bootstrap().split(':');
    const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }], clientId: 'compare' });
    const services = new CompareServices(server, broker);
    await fillCustomers(broker);
    await fillProducts(broker);
    await fillOrders(broker, orders);
    return services;
  }

  /** Where it is, for those who connect themselves, and a connection. */
  get addresses(): { readonly broker: KafkaBroker; readonly bootstrap: string } {
    return { broker: this.#broker, bootstrap: this.#server.bootstrap() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.close().catch(() => undefined);
    await this.#server.stop();
  }
}
