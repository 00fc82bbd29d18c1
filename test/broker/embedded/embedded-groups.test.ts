import { describeGroupConformance } from '../group-conformance.ts';
import { memoryHarness } from './embedded-harness.ts';

describeGroupConformance('embedded', () => memoryHarness(), {
  sessionTimeoutMs: 300,
  rebalanceTimeoutMs: 5000,
  heartbeatIntervalMs: 50,
});
