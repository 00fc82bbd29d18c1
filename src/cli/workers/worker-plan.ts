import type { ApplicationOptions } from '../../config/application-options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { RuntimeConfigInput } from '../../runtime/runtime-config.ts';
import type { LevelDbOptions } from '../../store/leveldb/leveldb-backend.ts';

/** What a worker is started with: everything that it needs to run its thread of a topology. Plain data. */
export interface WorkerPlan {
  /** The number of its thread. */
  readonly index: number;
  /** The name of the topology, and the files of which one exports it. */
  readonly topology: string;
  readonly files: readonly string[];
  readonly config: RuntimeConfigInput;
  readonly storeBackend: ApplicationOptions['storeBackend'];
  readonly dataDirectory: string;
  readonly levelDb: LevelDbOptions;
  readonly kafka: KafkaOptionInput;
  /** How the registry is reached; null where no topology needs one. */
  readonly schemaRegistry: SchemaRegistryOptionInput | null;
  /** What queries of its tasks are asked with; null where the process answers none. */
  readonly apiToken: string | null;
}
