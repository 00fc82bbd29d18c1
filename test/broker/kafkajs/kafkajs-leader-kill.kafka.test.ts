import { describeLeaderKill } from '../kafka/leader-kill-conformance.ts';
import { byKafkajs } from './kafkajs-harness.ts';

describeLeaderKill(byKafkajs);
