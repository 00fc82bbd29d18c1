import type { StoreBackend } from '../engine.ts';
import { MemoryEngine } from './memory-engine.ts';

/** Engines that live in memory and end with the process: every open makes a new one, filled from its changelog. */
export function memoryBackend(): StoreBackend {
  return {
    name: 'memory',
    persistent: false,
    open: async () => new MemoryEngine(),
    destroy: async () => {},
  };
}
