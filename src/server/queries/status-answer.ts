import { MillraceError } from '../../core/millrace-error.ts';
import type { Peers } from './peers.ts';
import { FORWARDED } from './query-request.ts';
import type { ServedApplication } from './served-applications.ts';

/** What is told of an instance. */
export interface InstanceStatus {
  readonly endpoint: string | null;
  readonly error: string | null;
  readonly applications: readonly object[];
  readonly source: object | null;
}

/** What an instance does now. */
export async function ownStatus(
  served: readonly ServedApplication[],
  { endpoint, source }: { readonly endpoint: string | null; readonly source: object | null },
): Promise<InstanceStatus> {
  return { endpoint, error: null, applications: await Promise.all(served.map(applicationStatus)), source };
}

/** What the other instances of applications do, each as far as it answers. `path` is that of their status. */
export async function otherStatuses(
  served: readonly ServedApplication[],
  { endpoint, path, peers }: { readonly endpoint: string | null; readonly path: string; readonly peers: Peers },
): Promise<readonly InstanceStatus[]> {
  const endpoints = new Set(served.flatMap(hostsOf));
  if (endpoint !== null) endpoints.delete(endpoint);
  return Promise.all([...endpoints].sort().map((other) => askForStatus(other, path, peers)));
}

async function askForStatus(endpoint: string, path: string, peers: Peers): Promise<InstanceStatus> {
  try {
    const { status, text } = await peers.getText(endpoint, { path, headers: { [FORWARDED]: '1' } });
    if (status !== 200) return silent(endpoint, `status ${status}`);
    const [first] = (JSON.parse(text) as { instances: InstanceStatus[] }).instances;
    return { ...(first as InstanceStatus), endpoint };
  } catch (error) {
    return silent(endpoint, (error as Error).message);
  }
}

function silent(endpoint: string, error: string): InstanceStatus {
  return { endpoint, error, applications: [], source: null };
}

async function applicationStatus({ topology, application }: ServedApplication): Promise<object> {
  return {
    name: topology.name,
    ...application.status(),
    lags: await orNull(() => application.lags()),
    metrics: application.metrics(),
  };
}

function hostsOf({ application }: ServedApplication): string[] {
  try {
    return application.queries.hosts.map(({ endpoint }) => endpoint);
  } catch (error) {
    if (error instanceof MillraceError) return [];
    throw error;
  }
}

/** Null while the application does not run, or where its broker does not answer. */
async function orNull<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof MillraceError) return null;
    throw error;
  }
}
