import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import {
  describeHeadersConformance,
  describeKeyValueConformance,
  describeTimestampedConformance,
} from '../conformance/rows-conformance.ts';
import { describeVersionedConformance } from '../conformance/versioned-conformance.ts';
import { describeSessionConformance, describeWindowConformance } from '../conformance/windows-conformance.ts';

const NUM_RUNS = 20;

describeKeyValueConformance(levelDbBackend(), NUM_RUNS);
describeTimestampedConformance(levelDbBackend(), NUM_RUNS);
describeHeadersConformance(levelDbBackend(), NUM_RUNS);
describeWindowConformance(levelDbBackend(), NUM_RUNS);
describeSessionConformance(levelDbBackend(), NUM_RUNS);
describeVersionedConformance(levelDbBackend(), NUM_RUNS);
