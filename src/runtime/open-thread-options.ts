import type { Broker } from '../broker/port.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { StoreBackend } from '../store/engine.ts';
import type { Topology } from '../topology/topology.ts';
import type { ApplicationListener } from './application-listener.ts';
import type { RuntimeConfig } from './runtime-config.ts';

/** What a thread is opened from. */
export interface OpenThreadOptions {
  readonly topology: Topology;
  readonly broker: Broker;
  /** For stores whose storage is `persistent`. */
  readonly storeBackend: StoreBackend;
  /** For stores whose storage is `memory`. */
  readonly memoryBackend: StoreBackend;
  readonly config: RuntimeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: ApplicationListener;
  /** Ends the restore early. */
  readonly signal: AbortSignal;
}
