import { join } from 'node:path';
import type { ApplicationOptions } from '../../config/application-options.ts';
import type { StoreBackend } from '../../store/engine.ts';
import { levelDbBackend, type LevelDbOptions } from '../../store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../store/memory/memory-backend.ts';

/** Where the embedded broker keeps its topics. */
export function brokerDirectoryOf({ dataDirectory }: ApplicationOptions): string {
  return join(dataDirectory, 'broker');
}

/** Where the stores of all applications are kept. */
export function stateDirectoryOf({ dataDirectory }: ApplicationOptions): string {
  return join(dataDirectory, 'state');
}

/** The engines of stores: the one that is configured, and the one of stores that ask for memory. */
export function storeBackends(
  config: ApplicationOptions,
  levelDb: LevelDbOptions = {},
): {
  readonly storeBackend: StoreBackend;
  readonly memoryBackend: StoreBackend;
} {
  const memory = memoryBackend();
  return { storeBackend: config.storeBackend === 'memory' ? memory : levelDbBackend(levelDb), memoryBackend: memory };
}
