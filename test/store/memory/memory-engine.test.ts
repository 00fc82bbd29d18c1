import { memoryBackend } from '../../../src/store/memory/memory-backend.ts';
import { describeEngineConformance } from '../engine-conformance.ts';

describeEngineConformance('memory', () => memoryBackend());
