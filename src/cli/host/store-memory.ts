import type { ApplicationOptions } from '../../config/application-options.ts';
import { mebibytes } from '../../core/bytes.ts';
import type { LevelDbOptions } from '../../store/leveldb/leveldb-backend.ts';
import type { Topology } from '../../topology/topology.ts';

/** What each store of each task may keep in memory. */
export interface StoreMemory {
  readonly storeCacheBytes: number;
  readonly levelDb: Required<Pick<LevelDbOptions, 'blockCacheBytes' | 'writeBufferBytes'>>;
}

/** More than this does not make a store faster. */
const MOST = { blockCacheBytes: mebibytes(32), writeBufferBytes: mebibytes(16) } as const;
/** With less, a store would write tables too small to be worth a file. */
const LEAST_WRITE_BUFFER_BYTES = mebibytes(1);

/**
 * An even share of `storeMemoryBytes` for each store of each task: half of it for blocks, a quarter for the two write
 * buffers that may exist at a time, a quarter for decoded entries, which take about twice the bytes they are counted with.
 */
export function shareStoreMemory(topologies: readonly Topology[], config: ApplicationOptions): StoreMemory {
  const perPartition = topologies.reduce((sum, { stores }) => sum + stores.size, 0);
  const share = Math.floor(config.storeMemoryBytes / Math.max(1, perPartition * config.partitions));
  const eighth = Math.floor(share / 8);
  return {
    storeCacheBytes: Math.min(config.storeCacheBytes, eighth),
    levelDb: {
      blockCacheBytes: Math.min(MOST.blockCacheBytes, 4 * eighth),
      writeBufferBytes: Math.min(MOST.writeBufferBytes, Math.max(LEAST_WRITE_BUFFER_BYTES, eighth)),
    },
  };
}
