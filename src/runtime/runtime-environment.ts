import type { Broker } from '../broker/port.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { StoreBackend } from '../store/engine.ts';
import type { Topology } from '../topology/topology.ts';
import type { ApplicationListener } from './application-listener.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import type { TopicSerdes } from './topics/topic-serdes.ts';
import type { WorkerPlace } from './workers/worker-place.ts';

/** What an application runs, on what, and how: everything that its threads share. */
export interface RuntimeEnvironment {
  readonly topology: Topology;
  readonly broker: Broker;
  readonly serdes: TopicSerdes;
  /** For stores whose storage is `persistent`. */
  readonly storeBackend: StoreBackend;
  /** For stores whose storage is `memory`. */
  readonly memoryBackend: StoreBackend;
  readonly config: RuntimeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: ApplicationListener;
  /** Which thread of a process this is alone, in a worker; null where it is the process. */
  readonly worker: WorkerPlace | null;
  /** Aborted when the application closes: what is being prepared ends early. */
  readonly signal: AbortSignal;
}
