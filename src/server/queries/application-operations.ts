import type { FastifyReply, FastifyRequest } from 'fastify';
import { taskName } from '../../core/task-id.ts';
import { describe } from '../../topology/describe.ts';
import { mermaid } from '../../topology/mermaid.ts';
import type { InstanceMetrics } from '../metrics/instance-metrics.ts';
import { METRICS_CONTENT_TYPE } from '../metrics/metrics-page.ts';
import type { ServedSource } from '../served-source.ts';
import type { Peers } from './peers.ts';
import { FORWARDED } from './query-request.ts';
import type { ServedApplication, ServedApplications } from './served-applications.ts';
import { otherStatuses, ownStatus } from './status-answer.ts';

/** What the API is about. */
export interface ApplicationOperationsOptions {
  readonly served: ServedApplications;
  readonly peers: Peers;
  /** Where other instances reach this one; null: they do not. */
  readonly endpoint: () => string | null;
  /** What the MySQL source does; null without one. */
  readonly source: () => ServedSource | null;
  readonly metrics: InstanceMetrics;
  /** Whether applications are to run here: without one it is not ready. Else the MySQL source is all that runs. */
  readonly hasApplications: boolean;
}

interface Named {
  readonly application?: string;
}

const ENDED: ReadonlySet<string> = new Set(['PENDING_ERROR', 'ERROR', 'NOT_RUNNING']);
const UNAVAILABLE = 503;

/** Answers what is asked of applications as a whole. */
export class ApplicationOperations {
  readonly #options: ApplicationOperationsOptions;

  constructor(options: ApplicationOperationsOptions) {
    this.#options = options;
  }

  listApplications(): object {
    const { served } = this.#options;
    return {
      applications: served.all.map(({ topology, application }) => ({ name: topology.name, state: application.state })),
    };
  }

  getMetadata(request: FastifyRequest): object {
    const { topology, application } = this.#one(request);
    const { queries } = application;
    return {
      application: topology.name,
      endpoint: queries.endpoint,
      instances: queries.hosts.map(({ endpoint, active, standby }) => ({
        endpoint,
        isThis: endpoint === queries.endpoint,
        active: active.map(taskName),
        standby: standby.map(taskName),
      })),
      stores: queries.stores.map(({ name }) => ({ name, partitions: queries.locate(name) })),
    };
  }

  getTopology(request: FastifyRequest, reply: FastifyReply): string {
    const { topology } = this.#one(request);
    const { format } = request.query as { format: 'text' | 'mermaid' };
    reply.type('text/plain; charset=utf-8');
    return format === 'mermaid' ? mermaid(topology) : describe(topology);
  }

  async getStatus(request: FastifyRequest): Promise<object> {
    const { served, peers, source } = this.#options;
    const { application } = request.params as Named;
    const { instances } = request.query as { instances: 'this' | 'all' };
    const endpoint = this.#options.endpoint();
    const which = application === undefined ? served.all : [served.one(application)];
    const own = await ownStatus(which, { endpoint, source: source()?.status() ?? null });
    if (instances === 'this' || request.headers[FORWARDED] !== undefined) return { instances: [own] };
    const path = application === undefined ? '/status' : `/applications/${encodeURIComponent(application)}/status`;
    return { instances: [own, ...(await otherStatuses(which, { endpoint, path, peers }))] };
  }

  getMetrics(_request: FastifyRequest, reply: FastifyReply): Promise<string> {
    reply.type(METRICS_CONTENT_TYPE);
    return this.#options.metrics.page();
  }

  getHealth(_request: FastifyRequest, reply: FastifyReply): object {
    const applications = this.#states();
    const failed = this.#hasFailed(Object.values(applications));
    if (failed) reply.code(UNAVAILABLE);
    return { status: failed ? 'failed' : 'ok', applications };
  }

  getReadiness(_request: FastifyRequest, reply: FastifyReply): object {
    const applications = this.#states();
    const states = Object.values(applications);
    const failed = this.#hasFailed(states);
    const ready = (states.length > 0 || !this.#options.hasApplications) && states.every((state) => state === 'RUNNING');
    if (!ready) reply.code(UNAVAILABLE);
    return { status: failed ? 'failed' : ready ? 'ok' : 'starting', applications };
  }

  #states(): Readonly<Record<string, string>> {
    const { served } = this.#options;
    return Object.fromEntries(served.all.map(({ topology, application }) => [topology.name, application.state]));
  }

  /** A source that has failed ends its process; until then it counts. */
  #hasFailed(states: readonly string[]): boolean {
    return states.some((state) => ENDED.has(state)) || this.#options.source()?.status().state === 'failed';
  }

  #one({ params }: FastifyRequest): ServedApplication {
    return this.#options.served.one((params as Named).application);
  }
}
