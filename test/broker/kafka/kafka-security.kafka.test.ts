import { describeKafkaSecurity } from './kafka-security-conformance.ts';

describeKafkaSecurity('platformatic');
