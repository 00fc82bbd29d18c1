import type {
  BrokerAdmin,
  BrokerProducer,
  PartitionOffset,
  ProducedBatch,
  TransactionalProducer,
} from '../../broker/port.ts';
import type { GroupMemberIdentity } from '../../broker/group-port.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { BufferedStore } from '../../store/layers/buffered-store.ts';

/** The sealed changes of one store. */
export interface StoreChanges {
  readonly store: BufferedStore<any, any>;
  /** What its changelog gets; null for a store that is not logged. */
  readonly changelog: ProducedBatch | null;
  /** Of one whose changelog is a source: the offset there that the commit reaches; else null. */
  readonly sourceOffset: number | null;
}

/** Everything that one commit makes durable, taken at one moment between two records. */
export interface CommitUnit {
  readonly outputs: readonly ProducedBatch[];
  readonly changes: readonly StoreChanges[];
  /** The next offset to read of each input partition that has moved, and of one at least: offsets are what fences. */
  readonly offsets: readonly PartitionOffset[];
}

/** Writes outputs and commits: how depends on the processing guarantee. One call at a time. */
export interface CommitWriter {
  /** Sends outputs that belong to the next commit. */
  send(outputs: readonly ProducedBatch[]): Promise<void>;
  /** Makes the unit durable and then flushes the stores. */
  commit(unit: CommitUnit): Promise<void>;
  /** Drops what was sent since the last commit, where the guarantee can. */
  abort(): Promise<void>;
  close(): Promise<void>;
}

/** The membership of who commits. */
export interface CommittingMember {
  /** Whom the group knows it as; null while it does not. */
  readonly identity: GroupMemberIdentity | null;
  /** See `GroupMember.confirm`. */
  confirm(): MaybePromise<void>;
}

/**
 * Exactly once: outputs, changelogs and input offsets are one transaction. A store is flushed only when it is committed,
 * together with the changelog offset, so that after a crash it is at a commit and only what followed is replayed.
 */
export class TransactionalWriter implements CommitWriter {
  readonly #producer: TransactionalProducer;
  readonly #group: string;
  readonly #member: CommittingMember;

  constructor(producer: TransactionalProducer, group: string, member: CommittingMember) {
    this.#producer = producer;
    this.#group = group;
    this.#member = member;
  }

  async send(outputs: readonly ProducedBatch[]): Promise<void> {
    await this.#producer.send(outputs);
  }

  async commit(unit: CommitUnit): Promise<void> {
    const batches = [...unit.outputs, ...changelogsOf(unit)];
    if (batches.length > 0) await this.#producer.send(batches);
    await asMember(this.#member, (identity) => this.#producer.sendOffsets(this.#group, unit.offsets, identity));
    const ends = await this.#producer.commit();
    await flushStores(unit, ({ topic, partition }) => ends.get(partitionName(topic, partition)) as number);
  }

  async abort(): Promise<void> {
    await this.#producer.abort();
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

/**
 * At least once: outputs, then changelogs, then offsets, then stores, so that a crash between two of them repeats work but
 * loses none.
 *
 * Nothing but the membership fences what is written before the offsets. So it is confirmed first: a process that stood still
 * for longer than its session would else put what it made before on top of what others have made since, in topics that are
 * tables and in changelogs, and there it would stay.
 */
export class PlainWriter implements CommitWriter {
  readonly #producer: BrokerProducer;
  readonly #admin: BrokerAdmin;
  readonly #group: string;
  readonly #member: CommittingMember;

  constructor(producer: BrokerProducer, admin: BrokerAdmin, as: { group: string; member: CommittingMember }) {
    this.#producer = producer;
    this.#admin = admin;
    this.#group = as.group;
    this.#member = as.member;
  }

  async send(outputs: readonly ProducedBatch[]): Promise<void> {
    await this.#member.confirm();
    await this.#producer.send(outputs);
  }

  async commit(unit: CommitUnit): Promise<void> {
    await this.#member.confirm();
    // Before the changelogs: a restored store that already lacks a row would send nothing when its delete is replayed.
    if (unit.outputs.length > 0) await this.#producer.send(unit.outputs);
    const changelogs = changelogsOf(unit);
    const ends = changelogs.length === 0 ? [] : await this.#producer.send(changelogs);
    await asMember(this.#member, (identity) => this.#admin.commitOffsets(this.#group, unit.offsets, identity));
    await flushStores(unit, (changelog) => ends[changelogs.indexOf(changelog)] as number);
  }

  async abort(): Promise<void> {}

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

/**
 * Commits as the member of the group. A rebalance may end meanwhile: who is in the next generation still has what he
 * committed, and says it again. Throws GROUP_MEMBER_FENCED for who was thrown out.
 */
async function asMember(
  member: CommittingMember,
  commit: (identity: GroupMemberIdentity) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { identity } = member;
    if (identity === null)
      throw new MillraceError(
        'GROUP_MEMBER_FENCED',
        'Expected to be a member of the group, got a commit after the loss of the membership',
      );
    try {
      return await commit(identity);
    } catch (error) {
      const now = member.identity;
      const thrownOut = now === null || (now.generation === identity.generation && now.memberId === identity.memberId);
      if (!(error instanceof MillraceError) || error.code !== 'GROUP_MEMBER_FENCED' || thrownOut) throw error;
    }
  }
}

function changelogsOf(unit: CommitUnit): ProducedBatch[] {
  return unit.changes.flatMap(({ changelog }) => (changelog === null ? [] : [changelog]));
}

async function flushStores(unit: CommitUnit, endOf: (changelog: ProducedBatch) => number): Promise<void> {
  await Promise.all(
    unit.changes.map(({ store, changelog, sourceOffset }) =>
      store.flush(changelog === null ? (sourceOffset ?? store.position ?? 0) : endOf(changelog)),
    ),
  );
}
