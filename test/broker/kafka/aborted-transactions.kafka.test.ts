import { describeAbortedTransactions } from './aborted-transactions-conformance.ts';

describeAbortedTransactions();
