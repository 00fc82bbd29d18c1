import { describeBrokerConformance } from '../broker-conformance.ts';
import { kafkaHarness } from './kafka-harness.ts';

describeBrokerConformance('Kafka', () => kafkaHarness(), { durable: true, tellsOffsetsDuringTransactions: false });
