import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import { describeEngineConformance } from '../engine-conformance.ts';

describeEngineConformance('leveldb', () => levelDbBackend());
