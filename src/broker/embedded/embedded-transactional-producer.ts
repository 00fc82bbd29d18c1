import { MillraceError } from '../../core/millrace-error.ts';
import type { GroupMemberIdentity } from '../group-port.ts';
import type { PartitionOffset, ProducedBatch, TransactionalProducer } from '../port.ts';
import type { EncodedBatch } from './batch-codec.ts';
import { type EmbeddedServices, encodeFor } from './embedded-services.ts';
import type { PartitionLog } from './partition-log.ts';
import { topicNotFound } from './topic-registry.ts';

/** Which producer holds a transactional id. One process owns the data, so its memory is where this is decided. */
export class TransactionalIds {
  readonly #epochs = new Map<string, number>();

  /** Gives the id to a new holder, and its epoch. */
  take(transactionalId: string): number {
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1;
    this.#epochs.set(transactionalId, epoch);
    return epoch;
  }

  isHeld(transactionalId: string, epoch: number): boolean {
    return this.#epochs.get(transactionalId) === epoch;
  }
}

/**
 * Collects the batches and offsets of a transaction, encoded, and appends them all at commit. An aborted transaction never
 * touches a log. A commit that fails with BROKER_STORAGE leaves the transaction open: it may be tried again or aborted.
 */
export class EmbeddedTransactionalProducer implements TransactionalProducer {
  readonly #services: EmbeddedServices;
  readonly #ids: TransactionalIds;
  readonly #transactionalId: string;
  readonly #epoch: number;
  #batches = new Map<PartitionLog, EncodedBatch[]>();
  #offsets = new Map<string, PartitionOffset[]>();
  /** Whose offsets these are, by group. */
  #members = new Map<string, GroupMemberIdentity>();
  #closed = false;

  constructor(services: EmbeddedServices, ids: TransactionalIds, transactionalId: string) {
    this.#services = services;
    this.#ids = ids;
    this.#transactionalId = transactionalId;
    this.#epoch = ids.take(transactionalId);
  }

  send(batches: readonly ProducedBatch[]): Promise<void> {
    return this.#attempt(() => {
      const appends = batches.map((batch): [PartitionLog, EncodedBatch] => {
        const log = this.#services.registry.log(batch.topic, batch.partition);
        return [log, encodeFor(log, batch)];
      });
      for (const [log, batch] of appends) if (batch.recordCount > 0) this.#add(log, batch);
    });
  }

  sendOffsets(
    group: string,
    offsets: readonly PartitionOffset[],
    member: GroupMemberIdentity | null = null,
  ): Promise<void> {
    return this.#attempt(() => {
      if (member !== null) {
        this.#services.coordinators.expectGeneration(group, member);
        this.#members.set(group, member);
      }
      for (const { topic, partition } of offsets) this.#services.registry.log(topic, partition);
      this.#offsets.set(group, [...(this.#offsets.get(group) ?? []), ...offsets]);
    });
  }

  async commit(): Promise<ReadonlyMap<string, number>> {
    this.#expectUsable();
    const { writer, groupOffsets, clock, turn } = this.#services;
    const ends = new Map<string, number>();
    if (this.#batches.size === 0 && this.#offsets.size === 0) return ends;
    for (const log of this.#batches.keys()) if (log.deleted) throw topicNotFound(log.topic);
    this.#expectMembers();
    const appends = new Map<PartitionLog, readonly EncodedBatch[]>(this.#batches);
    if (this.#offsets.size > 0) {
      const batches = [...this.#offsets].map(([group, offsets]) => groupOffsets.encode(group, offsets, clock.now()));
      appends.set(groupOffsets.log, batches);
    }
    writer.commit(appends);
    for (const [group, offsets] of this.#offsets) groupOffsets.apply(group, offsets);
    for (const log of this.#batches.keys()) ends.set(log.name, log.nextOffset);
    this.#forget();
    await this.#services.acknowledge();
    if (turn.isOver) await turn.next();
    return ends;
  }

  abort(): Promise<void> {
    return this.#attempt(() => this.#forget());
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#forget();
    return Promise.resolve();
  }

  #add(log: PartitionLog, batch: EncodedBatch): void {
    const batches = this.#batches.get(log);
    if (batches === undefined) this.#batches.set(log, [batch]);
    else batches.push(batch);
  }

  #forget(): void {
    this.#batches = new Map();
    this.#offsets = new Map();
    this.#members = new Map();
  }

  /**
   * Kafka keeps who reads committed offsets waiting while a transaction has some. Here a new owner goes on at once, so the
   * offsets of a member that was thrown out since it sent them must not come after it.
   */
  #expectMembers(): void {
    try {
      for (const [group, member] of this.#members) this.#services.coordinators.expectMember(group, member);
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async #attempt(action: () => void): Promise<void> {
    this.#expectUsable();
    action();
  }

  #expectUsable(): void {
    this.#services.registry.expectOpen();
    const id = this.#transactionalId;
    if (this.#closed) {
      throw new MillraceError('TRANSACTION_STATE', `Expected an open producer, got "${id}" that has been closed`);
    }
    if (this.#ids.isHeld(id, this.#epoch)) return;
    this.#forget();
    throw new MillraceError('PRODUCER_FENCED', `Expected to be the only producer with id "${id}", got a newer one`, {
      context: { transactionalId: id },
    });
  }
}
