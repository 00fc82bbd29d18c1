import { describeBrokerConformance } from '../broker-conformance.ts';
import { diskHarness, memoryHarness } from './embedded-harness.ts';

describeBrokerConformance('embedded, in memory', () => memoryHarness(), {
  durable: false,
  tellsOffsetsDuringTransactions: true,
});
describeBrokerConformance('embedded, on disk', () => diskHarness(), {
  durable: true,
  tellsOffsetsDuringTransactions: true,
});
describeBrokerConformance(
  'embedded, on disk with tiny segments and hardly any cache',
  () => diskHarness({ topicDefaults: { 'segment.bytes': 200 }, cacheBytes: 500 }),
  { durable: true, tellsOffsetsDuringTransactions: true },
);
