import type { IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { MillraceError } from '../../core/millrace-error.ts';
import type { LocalPartition } from '../../runtime/queries/local-partition.ts';
import type { StoreDescription } from '../../runtime/queries/store-description.ts';
import type { StoreQueries } from '../../runtime/queries/store-queries.ts';
import { type EntryLines, mergeLines, readOrdered } from './entry-line.ts';
import type { PeerAnswer, Peers } from './peers.ts';
import { FORWARDED, formatBounds, PARTITIONS, POSITION, POSITION_TIMEOUT, type QueryMode } from './query-request.ts';
import { type StoreShare, storeShares } from './store-shares.ts';

/** A query of a store. */
export interface StoreQuery {
  readonly queries: StoreQueries;
  readonly store: StoreDescription;
  /** Those that it is about, of which `mode` may choose. */
  readonly partitions: readonly number[];
  readonly mode: QueryMode;
  /** What other instances are asked: the path, with the application, and the query. */
  readonly path: string;
}

const OK = 200;
const NOT_FOUND = 404;

/** Answers queries from this instance and the others. */
export class StoreAnswers {
  readonly #peers: Peers;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /**
   * What the first instance finds, as JSON; null when nobody has it. `find` looks at what is here. Throws QUERY_UNAVAILABLE,
   * QUERY_POSITION_TIMEOUT, QUERY_INVALID.
   */
  async entry(
    query: StoreQuery,
    find: (partitions: readonly LocalPartition[]) => Promise<string | null>,
  ): Promise<string | null> {
    return this.#withShares(query, async (shares) => {
      for (const share of shares) {
        const found =
          share.endpoint === null ? await find(await this.#local(query, share)) : await this.#ask(query, share);
        if (found !== null) return found;
      }
      return null;
    });
  }

  /** The lines of all instances in one order. `scan` reads what is here. Throws as `entry`. */
  async lines(
    query: StoreQuery,
    {
      scan,
      reverse,
    }: { readonly scan: (partitions: readonly LocalPartition[]) => EntryLines; readonly reverse: boolean },
  ): Promise<EntryLines> {
    const sources = await this.#withShares(query, (shares) =>
      allOpened(
        shares.map(async (share): Promise<{ lines: EntryLines; close: () => void }> => {
          if (share.endpoint === null) return { lines: scan(await this.#local(query, share)), close: () => undefined };
          const { body } = await this.#open(query, share);
          return { lines: linesOf(share.endpoint, body), close: () => body.destroy() };
        }),
      ),
    );
    return mergeLines(
      sources.map(({ lines }) => lines),
      reverse,
    );
  }

  /** Runs a step with those who answer; where copies may, once more without each that did not. */
  async #withShares<T>(query: StoreQuery, step: (shares: readonly StoreShare[]) => Promise<T>): Promise<T> {
    const { queries, store, mode } = query;
    const without = new Set<string>();
    const partitions = query.partitions.filter((partition) => mode.partitions?.includes(partition) !== false);
    for (;;) {
      const shares = storeShares(queries, { store: store.name, partitions, mode, without });
      try {
        return await step(shares);
      } catch (error) {
        const failed = error instanceof MillraceError ? error.context['instance'] : undefined;
        if (!mode.allowStale || typeof failed !== 'string' || without.has(failed)) throw error;
        without.add(failed);
      }
    }
  }

  /** What is here, once it shows what it must. */
  async #local({ queries, store, mode }: StoreQuery, { partitions }: StoreShare): Promise<readonly LocalPartition[]> {
    const which = { allowStale: mode.allowStale, partitions };
    if (mode.bounds.length > 0) {
      await queries.reached(store.name, mode.bounds, { ...which, timeoutMs: mode.positionTimeoutMs });
    }
    const found = queries.local(store.name, which);
    if (found.length === partitions.length) return found;
    throw new MillraceError(
      'QUERY_UNAVAILABLE',
      `Expected store "${store.name}" to stay here while it was read, got it moving to another instance`,
      { context: { store: store.name } },
    );
  }

  /** The entry that another instance has, or null. */
  async #ask(query: StoreQuery, share: StoreShare): Promise<string | null> {
    const { status, body } = await this.#open(query, share, NOT_FOUND);
    const answer = await readText(body).catch((error: unknown) => {
      throw brokenOff(share.endpoint as string, error);
    });
    if (status === OK) return answer;
    if (parsed(answer).code === 'QUERY_NOT_FOUND') return null;
    throw refused(share.endpoint as string, status, answer);
  }

  async #open(query: StoreQuery, { endpoint, partitions }: StoreShare, alsoFine = OK): Promise<PeerAnswer> {
    const { path, mode } = query;
    const answer = await this.#peers.get(endpoint as string, {
      path,
      waitMs: mode.bounds.length === 0 ? 0 : mode.positionTimeoutMs,
      headers: {
        [FORWARDED]: '1',
        [PARTITIONS]: partitions.join(','),
        ...(mode.bounds.length === 0
          ? {}
          : { [POSITION]: formatBounds(mode.bounds), [POSITION_TIMEOUT]: String(mode.positionTimeoutMs) }),
      },
    });
    if (answer.status === OK || answer.status === alsoFine) return answer;
    throw refused(endpoint as string, answer.status, await readText(answer.body).catch(() => ''));
  }
}

/** All that were opened; where one fails, the others are closed. */
async function allOpened<T extends { close: () => void }>(opening: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(opening);
  const failed = results.find((result) => result.status === 'rejected');
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failed === undefined) return opened;
  for (const each of opened) each.close();
  throw failed.reason;
}

async function* linesOf(endpoint: string, body: IncomingMessage): EntryLines {
  try {
    yield* readOrdered(body);
  } catch (error) {
    throw brokenOff(endpoint, error);
  }
}

function brokenOff(endpoint: string, cause: unknown): MillraceError {
  return new MillraceError('QUERY_UNAVAILABLE', `Expected a whole answer of the instance at ${endpoint}, got a part`, {
    cause,
    context: { instance: endpoint },
  });
}

/** The error that another instance has answered with. */
function refused(endpoint: string, status: number, body: string): MillraceError {
  const { code, message } = parsed(body);
  const context = { instance: endpoint };
  if (code === 'QUERY_POSITION_TIMEOUT' || code === 'QUERY_INVALID' || code === 'RUNTIME_STORE_KIND') {
    return new MillraceError(code, String(message), { context });
  }
  return new MillraceError(
    'QUERY_UNAVAILABLE',
    `Expected the instance at ${endpoint} to answer, got ${status} ${code ?? ''}: ${message ?? 'without a reason'}`,
    { context },
  );
}

function parsed(text: string): { code?: string; message?: string } {
  try {
    return (JSON.parse(text) ?? {}) as { code?: string; message?: string };
  } catch {
    return {};
  }
}
