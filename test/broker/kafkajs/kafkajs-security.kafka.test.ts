import { describeKafkaSecurity } from '../kafka/kafka-security-conformance.ts';

describeKafkaSecurity('kafkajs');
