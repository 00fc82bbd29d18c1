import { describe } from 'vitest';
import { describeAdminConformance } from './admin-conformance.ts';
import type { BrokerCapabilities, CreateHarness } from './broker-harness.ts';
import { describeConsumerConformance } from './consumer-conformance.ts';
import { describeDurabilityConformance } from './durability-conformance.ts';
import { describeProducerConformance } from './producer-conformance.ts';
import { describeTransactionConformance } from './transaction-conformance.ts';

/**
 * What every broker must do. Run it in the test of each adapter.
 *
 * It asks nothing of offsets that only one log can promise: a broker may use offsets of its own between records (Kafka's
 * transaction markers do).
 */
export function describeBrokerConformance(
  name: string,
  createHarness: CreateHarness,
  capabilities: BrokerCapabilities,
): void {
  describe(`${name} broker`, () => {
    describeAdminConformance(createHarness);
    describeProducerConformance(createHarness);
    describeConsumerConformance(createHarness);
    describeTransactionConformance(createHarness, capabilities);
    if (capabilities.durable) describeDurabilityConformance(createHarness);
  });
}
