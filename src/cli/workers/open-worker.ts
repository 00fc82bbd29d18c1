import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { applicationOptions } from '../../config/application-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { WorkerSurroundings } from '../../runtime/workers/serve-worker.ts';
import type { Topology } from '../../topology/topology.ts';
import { awaitBroker } from '../host/await-broker.ts';
import { storeBackends } from '../host/data-directory.ts';
import { loadTopologies } from '../host/load-topologies.ts';
import type { OpenedSchemaRegistry } from '../host/schema-registry.ts';
import type { WorkerApi } from './worker-api.ts';
import type { WorkerPlan } from './worker-plan.ts';

/** Opens what the thread of a worker runs on: its topology, a connection to the broker, the schema registry. */
export async function openWorker(plan: WorkerPlan, logger: Logger): Promise<WorkerSurroundings> {
  const topology = await loadOne(plan);
  const config = parseOptions(applicationOptions, {
    dataDirectory: plan.dataDirectory,
    storeBackend: plan.storeBackend,
  });
  const broker = await awaitBroker(config, { kafka: plan.kafka, logger });
  let schemas: OpenedSchemaRegistry | null = null;
  let api: WorkerApi | null = null;
  const close = async (): Promise<void> => {
    await api?.close();
    await schemas?.close();
    await broker.close();
  };
  try {
    if (plan.schemaRegistry !== null) {
      const dataDirectory = join(plan.dataDirectory, 'threads', `${plan.topology}-${plan.index}`);
      const { openSchemaRegistry } = await import('../host/schema-registry.ts');
      await mkdir(dataDirectory, { recursive: true });
      schemas = await openSchemaRegistry({ input: plan.schemaRegistry, broker, dataDirectory, logger });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const { apiToken: token } = plan;
  return {
    options: {
      ...{ topology, broker, config: plan.config, ...storeBackends(config, plan.levelDb) },
      ...(schemas === null ? {} : { schemaRegistry: schemas.registry }),
    },
    ...(token === null
      ? {}
      : {
          serve: async (application) => {
            const { openWorkerApi } = await import('./worker-api.ts');
            api = await openWorkerApi({ topology, application, token, logger });
            return api.endpoint;
          },
        }),
    close,
  };
}

async function loadOne({ files, topology: name }: WorkerPlan): Promise<Topology> {
  const found = (await loadTopologies(files)).find((topology) => topology.name === name);
  if (found !== undefined) return found;
  throw new MillraceError(
    'CLI_TOPOLOGY_EXPORT',
    `Expected ${files.join(', ')} to export the topology "${name}" in each thread, got others`,
  );
}
