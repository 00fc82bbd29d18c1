import { describeBrokerConformance } from '../broker-conformance.ts';
import { kafkaHarness } from '../kafka/kafka-harness.ts';
import { byKafkajs } from './kafkajs-harness.ts';

const capabilities = { durable: true, tellsOffsetsDuringTransactions: false };
describeBrokerConformance('Kafka by kafkajs', () => kafkaHarness(byKafkajs), capabilities);
