import { describeAbortedTransactions } from '../kafka/aborted-transactions-conformance.ts';
import { byKafkajs } from './kafkajs-harness.ts';

describeAbortedTransactions(byKafkajs);
