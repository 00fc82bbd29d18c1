import { type KafkaBrokerOptions } from '../../../src/broker/kafka/kafka-broker.ts';
import { kafkajsConnections } from '../../../src/broker/kafkajs/kafkajs-connections.ts';

/** A broker whose connections kafkajs makes. */
export const byKafkajs: Partial<KafkaBrokerOptions> = { openConnections: kafkajsConnections({}) };
