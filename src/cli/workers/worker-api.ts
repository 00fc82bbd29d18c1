import type { Logger } from '../../core/logger.ts';
import { startHttpServer } from '../../server/http-server.ts';
import { InstanceMetrics } from '../../server/metrics/instance-metrics.ts';
import { Peers, workerEndpoint } from '../../server/queries/peers.ts';
import { queryRoutes } from '../../server/queries/query-routes.ts';
import { type ServedApplication, ServedApplications } from '../../server/queries/served-applications.ts';

/** Where the event loop with the HTTP API asks a worker. */
export interface WorkerApi {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Answers queries about the tasks of a worker, on this machine and with this token alone. They come as those that instances
 * forward to each other, and are answered in the same way: in streams, held back by slow readers.
 */
export async function openWorkerApi({
  token,
  logger,
  ...application
}: ServedApplication & { readonly token: string; readonly logger: Logger }): Promise<WorkerApi> {
  const served = new ServedApplications();
  served.add(application);
  // It forwards nothing.
  const peers = new Peers({ timeoutMs: 0 });
  const source = (): null => null;
  const metrics = new InstanceMetrics({ served, source });
  const routes = queryRoutes({ served, peers, metrics, logger, source, endpoint: () => null, hasApplications: true });
  const server = await startHttpServer({ port: 0, bearerToken: token }, [routes]);
  return {
    endpoint: workerEndpoint(server.url),
    close: async () => {
      await server.close();
      peers.close();
    },
  };
}
