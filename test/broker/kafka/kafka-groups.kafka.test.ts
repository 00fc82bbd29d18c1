import { describeGroupConformance } from '../group-conformance.ts';
import { kafkaHarness } from './kafka-harness.ts';

describeGroupConformance('Kafka', () => kafkaHarness(), {
  sessionTimeoutMs: 1500,
  rebalanceTimeoutMs: 10_000,
  heartbeatIntervalMs: 100,
});
