import type { Broker, PartitionOffset } from '../../broker/port.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { Topology } from '../../topology/topology.ts';
import { byPartition } from '../topics/start-offsets.ts';
import type { LocalPartition } from './local-partition.ts';
import { StoreSources } from './store-sources.ts';

/** How long a store may take, and what is looked at. */
export interface ReachedOptions {
  readonly timeoutMs: number;
  /** What the instance has now of the partitions asked for. */
  readonly local: () => readonly LocalPartition[];
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Tells when a store shows what comes of certain records.
 *
 * What was committed is in the store. A record that reaches it through a repartition topic is followed: when its own offset
 * is committed, what came of it is in the repartition topic, whose end at that time is then the next offset to be committed.
 * A standby shows it when it has what its changelog held after that commit.
 */
export class StorePositions {
  readonly #topology: Topology;
  readonly #broker: Broker;
  readonly #group: string;

  constructor({ topology, applicationId, broker }: { topology: Topology; applicationId: string; broker: Broker }) {
    this.#topology = topology;
    this.#broker = broker;
    this.#group = applicationId;
  }

  /** Resolves when the store shows everything before these offsets. Throws QUERY_POSITION_TIMEOUT, QUERY_INVALID. */
  async reached(
    store: string,
    bounds: readonly PartitionOffset[],
    { timeoutMs, local }: ReachedOptions,
  ): Promise<void> {
    const sources = new StoreSources(this.#topology, this.#group, store);
    for (const { topic } of bounds) if (!sources.isUpstream(topic)) throw notUpstream(store, topic, sources.topics);
    const patience = new Patience(store, timeoutMs);
    let wave = bounds;
    while (wave.length > 0) {
      const direct = wave.filter(({ topic }) => sources.isDirect(topic));
      await patience.until(() => this.#shows(direct, local()));
      const passedOn = wave.filter(({ topic }) => sources.passesOnTo(topic).length > 0);
      if (passedOn.length === 0) return;
      await patience.until(async () => (await this.#uncommitted(passedOn)).length === 0);
      const next = new Set(passedOn.flatMap(({ topic }) => sources.passesOnTo(topic)));
      wave = await this.#ends([...next]);
    }
  }

  /** Whether all these partitions of the store have what is before these offsets. */
  async #shows(bounds: readonly PartitionOffset[], partitions: readonly LocalPartition[]): Promise<boolean> {
    const behind: LocalPartition[] = [];
    const open: PartitionOffset[] = [];
    for (const local of partitions) {
      const own = bounds.filter(({ partition }) => partition === local.partition);
      if (own.length === 0) continue;
      const known = byPartition(local.inputs);
      const missing = own.filter((bound) => (known.get(nameOf(bound)) ?? -1) < bound.offset);
      if (missing.length === 0) continue;
      if (local.isActive) return false;
      behind.push(local);
      open.push(...missing);
    }
    if (open.length === 0) return true;
    if ((await this.#uncommitted(open)).length > 0) return false;
    return this.#followed(behind, open);
  }

  /** Whether copies have all that their changelogs hold now: at least what was committed before. */
  async #followed(copies: readonly LocalPartition[], open: readonly PartitionOffset[]): Promise<boolean> {
    const changelogs = copies.flatMap(({ changelog }) => changelog ?? []);
    // The position of a copy that follows a source is one in that topic.
    const sources = changelogs.filter(({ isSource }) => isSource);
    const own = changelogs.filter(({ isSource }) => !isSource);
    const ends = byPartition(own.length === 0 ? [] : await this.#broker.admin.listOffsets(own, 'latest'));
    return (
      own.every((changelog) => changelog.offset >= (ends.get(nameOf(changelog)) ?? 0)) &&
      sources.every(({ topic, partition, offset }) =>
        open.every((bound) => bound.topic !== topic || bound.partition !== partition || offset >= bound.offset),
      )
    );
  }

  async #uncommitted(bounds: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
    const committed = byPartition(await this.#broker.admin.committedOffsets(this.#group, bounds));
    return bounds.filter((bound) => (committed.get(nameOf(bound)) ?? -1) < bound.offset);
  }

  async #ends(topics: readonly string[]): Promise<readonly PartitionOffset[]> {
    const { admin } = this.#broker;
    const described = await admin.describeTopics(topics);
    const partitions = [...described].flatMap(([topic, { partitions: count }]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
    const ends = await admin.listOffsets(partitions, 'latest');
    return ends.filter(({ offset }) => offset > 0);
  }
}

/** Asks again and again until the time is over. */
class Patience {
  readonly #store: string;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;

  constructor(store: string, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = performance.now() + timeoutMs;
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !(await condition()); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (performance.now() >= this.#deadlineMs) throw this.#timeout();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #timeout(): MillraceError {
    return new MillraceError(
      'QUERY_POSITION_TIMEOUT',
      `Expected store "${this.#store}" to reach the positions asked for within ${this.#timeoutMs} ms, got behind them`,
      { context: { store: this.#store } },
    );
  }
}

function notUpstream(store: string, topic: string, known: readonly string[]): MillraceError {
  return new MillraceError(
    'QUERY_INVALID',
    `Expected positions in topics that store "${store}" is made from (${known.join(', ')}), got one in "${topic}"`,
  );
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}
