import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MillraceError } from '../../core/millrace-error.ts';
import type { LocalPartition } from '../../runtime/queries/local-partition.ts';
import type { StoreDescription } from '../../runtime/queries/store-description.ts';
import { Datum } from '../../serde/datum.ts';
import { ReadOnlyStores, type StoreKind } from '../../store/read-only/read-only-stores.ts';
import type { EntryLines } from './entry-line.ts';
import { jsonText } from './json-text.ts';
import { type QueryKey, readKey, readPrefix } from './key-text.ts';
import { ndjsonStream } from './ndjson-stream.ts';
import { modeOf, parametersOf, type StoreParameters } from './query-request.ts';
import type { ServedApplications } from './served-applications.ts';
import type { StoreAnswers, StoreQuery } from './store-answers.ts';
import { keyWindowLines, scanLines, type TimeScan, versionLines } from './store-lines.ts';

const NDJSON = 'application/x-ndjson; charset=utf-8';
const ALL_TIMES = Number.MAX_SAFE_INTEGER - 1;

/** A request about a store, resolved. */
interface Asked {
  readonly parameters: StoreParameters;
  readonly store: StoreDescription;
  readonly query: StoreQuery;
}

/** Answers what is asked of stores. */
export class StoreOperations {
  readonly #served: ServedApplications;
  readonly #answers: StoreAnswers;

  constructor(served: ServedApplications, answers: StoreAnswers) {
    this.#served = served;
    this.#answers = answers;
  }

  listStores(request: FastifyRequest): object {
    const { application } = this.#served.one((request.params as StoreParameters).application);
    const stores = application.queries.stores.map(({ keySerde, valueSerde, ...rest }) => ({
      ...rest,
      keySerde: keySerde.name,
      valueSerde: valueSerde.name,
    }));
    return { stores };
  }

  async getEntry(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const asked = this.#resolve(request);
    const { parameters, store } = asked;
    const { asOf } = parameters;
    mustBe(store, asOf === undefined ? ['key-value', 'versioned'] : ['versioned']);
    const key = keyOf(asked);
    const found = await this.#answers.entry(onKey(asked, key), async (partitions) =>
      asOf === undefined ? latest(store, partitions, key) : rowAsOf(store, partitions, { key, asOf }),
    );
    if (found === null) {
      throw new MillraceError('QUERY_NOT_FOUND', `Expected an entry of this key in store "${store.name}", got none`);
    }
    reply.type('application/json; charset=utf-8');
    return found;
  }

  async scanStore(request: FastifyRequest, reply: FastifyReply): Promise<Readable> {
    const asked = this.#resolve(request);
    const { parameters, store } = asked;
    const { from, to, prefix, keyEncoding = 'json', timeFrom = 0, timeTo = ALL_TIMES, reverse = false } = parameters;
    if (prefix !== undefined && (from !== undefined || to !== undefined)) {
      throw new MillraceError('QUERY_INVALID', 'Expected either "prefix" or "from" and "to", got both');
    }
    const bound = (text: string | number | undefined): QueryKey | null =>
      text === undefined ? null : readKey(String(text), keyEncoding, store.keySerde);
    const span = {
      from: bound(from),
      to: bound(to),
      prefix: prefix === undefined ? null : readPrefix(prefix, keyEncoding),
      timeFrom,
      timeTo,
      reverse,
    };
    return this.#send(asked, reply, (partitions) => scanLines(store, partitions, span));
  }

  async scanWindows(request: FastifyRequest, reply: FastifyReply): Promise<Readable> {
    return this.#scanKey(request, reply, { kind: 'window', scan: keyWindowLines });
  }

  async scanSessions(request: FastifyRequest, reply: FastifyReply): Promise<Readable> {
    return this.#scanKey(request, reply, { kind: 'session', scan: keyWindowLines });
  }

  async scanVersions(request: FastifyRequest, reply: FastifyReply): Promise<Readable> {
    return this.#scanKey(request, reply, { kind: 'versioned', scan: versionLines });
  }

  async #scanKey(
    request: FastifyRequest,
    reply: FastifyReply,
    { kind, scan }: { readonly kind: StoreKind; readonly scan: typeof keyWindowLines },
  ): Promise<Readable> {
    const asked = this.#resolve(request);
    mustBe(asked.store, [kind]);
    const key = keyOf(asked);
    const span = timesOf(asked.parameters);
    return this.#send({ ...asked, query: onKey(asked, key) }, reply, (partitions) =>
      scan(asked.store, partitions, { ...span, key }),
    );
  }

  async #send(
    { query, parameters }: Asked,
    reply: FastifyReply,
    scan: (partitions: readonly LocalPartition[]) => EntryLines,
  ): Promise<Readable> {
    const { reverse = false, limit = Infinity } = parameters;
    const lines = await this.#answers.lines(query, { scan, reverse });
    const stream = await ndjsonStream(lines, { limit, withOrder: query.mode.isForwarded });
    reply.type(NDJSON);
    return stream;
  }

  #resolve(request: FastifyRequest): Asked {
    const parameters = parametersOf(request);
    const { topology, application } = this.#served.one(parameters.application);
    const { queries } = application;
    const store = queries.describe(parameters.store);
    const mode = modeOf(request);
    const unknown = mode.partitions?.find((partition) => partition >= store.partitions);
    if (unknown !== undefined) {
      throw new MillraceError(
        'QUERY_INVALID',
        `Expected a partition of store "${store.name}" (0 to ${store.partitions - 1}), got ${unknown}`,
      );
    }
    const own = request.url.replace(/^\/applications\/[^/?]+/, '');
    const path = `/applications/${encodeURIComponent(topology.name)}${own}`;
    const partitions = Array.from({ length: store.partitions }, (_, partition) => partition);
    return { parameters, store, query: { queries, store, partitions, mode, path } };
  }
}

/** The query about the partitions alone that a key may be in; one that is asked for by its number is believed. */
function onKey({ query }: Asked, key: QueryKey): StoreQuery {
  const { queries, store, mode } = query;
  return mode.partitions === undefined ? { ...query, partitions: queries.partitionsOf(store.name, key.bytes) } : query;
}

function keyOf({ parameters, store }: Asked): QueryKey {
  return readKey(parameters.key as string, parameters.keyEncoding ?? 'json', store.keySerde);
}

function timesOf({ from = 0, to = ALL_TIMES, reverse = false }: StoreParameters): TimeScan {
  return { timeFrom: Number(from), timeTo: Number(to), reverse };
}

/** By the bytes, which a program may have written in another way than its serde does now. */
function latest({ name }: StoreDescription, partitions: readonly LocalPartition[], key: QueryKey): string | null {
  for (const { stores } of partitions) {
    const store = stores.get(name);
    const found = store?.get(Datum.ofBytes<unknown>(key.bytes, store.keySerde)) ?? null;
    if (found !== null) return jsonText({ key: key.value, value: found.datum.value, timestamp: found.timestamp });
  }
  return null;
}

async function rowAsOf(
  { name }: StoreDescription,
  partitions: readonly LocalPartition[],
  { key, asOf }: { readonly key: QueryKey; readonly asOf: number },
): Promise<string | null> {
  const stores = new ReadOnlyStores(partitions.map(({ stores: all }) => all));
  const found = await stores.versionedStore<unknown, unknown>(name).getAsOf(key.value, asOf);
  return found === null ? null : jsonText({ key: key.value, ...found });
}

function mustBe({ name, kind }: StoreDescription, kinds: readonly StoreKind[]): void {
  if (kinds.includes(kind)) return;
  throw new MillraceError(
    'RUNTIME_STORE_KIND',
    `Expected store "${name}" to be of kind ${kinds.map((each) => `"${each}"`).join(' or ')}, got "${kind}"`,
    { context: { store: name } },
  );
}
