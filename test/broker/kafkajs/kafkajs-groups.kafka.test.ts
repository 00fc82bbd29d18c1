import { describeGroupConformance } from '../group-conformance.ts';
import { kafkaHarness } from '../kafka/kafka-harness.ts';
import { byKafkajs } from './kafkajs-harness.ts';

describeGroupConformance('Kafka by kafkajs', () => kafkaHarness(byKafkajs), {
  sessionTimeoutMs: 1500,
  rebalanceTimeoutMs: 10_000,
  heartbeatIntervalMs: 100,
});
