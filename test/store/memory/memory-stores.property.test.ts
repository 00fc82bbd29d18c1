import { memoryBackend } from '../../../src/store/memory/memory-backend.ts';
import { describeLruConformance } from '../conformance/lru-conformance.ts';
import {
  describeHeadersConformance,
  describeKeyValueConformance,
  describeTimestampedConformance,
} from '../conformance/rows-conformance.ts';
import { describeVersionedConformance } from '../conformance/versioned-conformance.ts';
import { describeSessionConformance, describeWindowConformance } from '../conformance/windows-conformance.ts';

const NUM_RUNS = 100;

describeKeyValueConformance(memoryBackend(), NUM_RUNS);
describeTimestampedConformance(memoryBackend(), NUM_RUNS);
describeHeadersConformance(memoryBackend(), NUM_RUNS);
describeWindowConformance(memoryBackend(), NUM_RUNS);
describeSessionConformance(memoryBackend(), NUM_RUNS);
describeVersionedConformance(memoryBackend(), NUM_RUNS);
describeLruConformance(memoryBackend(), NUM_RUNS);
