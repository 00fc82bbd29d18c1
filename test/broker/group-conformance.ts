import { describe, expect, test } from 'vitest';
import type { GroupMemberIdentity } from '../../src/broker/group-port.ts';
import { createTopic, type CreateHarness, expectError, freshId } from './broker-harness.ts';
import { type GroupTimes, GroupUnderTest } from './group-harness.ts';

/** What every broker's consumer groups must do. */
export function describeGroupConformance(name: string, createHarness: CreateHarness, times: GroupTimes): void {
  async function createGroup(partitions = 6): Promise<GroupUnderTest> {
    const harness = await createHarness();
    const topic = { name: await createTopic(harness.broker, partitions), partitions };
    const group = new GroupUnderTest(harness.broker, times, topic);
    return Object.assign(group, {
      [Symbol.asyncDispose]: async () => {
        await GroupUnderTest.prototype[Symbol.asyncDispose].call(group);
        await harness[Symbol.asyncDispose]();
      },
    });
  }

  describe(`${name} groups`, () => {
    describeMembership(createGroup);
    describeSessions(createGroup, times);
    describeStaticMembers(createGroup);
    describeCommits(createGroup);
  });
}

type CreateGroup = (partitions?: number) => Promise<GroupUnderTest>;

function describeMembership(createGroup: CreateGroup): void {
  test('a lone member leads and gets everything', async () => {
    await using group = await createGroup();
    const one = await group.join();
    await group.untilShared([one]);
    expect(one.ledMembers).toMatchObject([{ memberId: one.identity.memberId, instanceId: null }]);
  });

  test('members share, and nothing ever has two owners', async () => {
    await using group = await createGroup();
    const one = await group.join();
    await group.untilShared([one]);
    const two = await group.join();
    await group.untilShared([one, two]);
    const three = await group.join();
    await group.untilShared([one, two, three]);
    expect(one.losses + two.losses + three.losses).toBe(0);
    expect(new Set([one, two, three].map(({ identity }) => identity.generation)).size).toBe(1);
  });

  test('members that join at the same moment settle', async () => {
    await using group = await createGroup(12);
    const members = await Promise.all(Array.from({ length: 4 }, () => group.join()));
    await group.untilShared(members);
  });

  test('what a member leaves goes to the others', async () => {
    await using group = await createGroup();
    const one = await group.join();
    const two = await group.join();
    await group.untilShared([one, two]);
    await one.leave();
    await group.untilShared([two]);
    await one.leave();
  });

  test('the leader knows what each member says of itself, and each gets what it says', async () => {
    await using group = await createGroup();
    const userData = Buffer.alloc(200 * 1024, 'abc');
    const one = await group.join({ userData });
    await group.untilShared([one]);
    expect(one.ledMembers[0]?.subscription.userData.equals(userData)).toBe(true);
    expect(one.assignments[0]?.userData.subarray(4).equals(userData)).toBe(true);
    one.member.rejoin('look again');
    await group.until(() => one.timesLed === 2);
    expect(one.ledMembers[0]?.subscription.ownedPartitions.toSorted((a, b) => a.partition - b.partition)).toEqual(
      group.partitions,
    );
  });

  test('a member that asks for it gets another rebalance, whoever leads', async () => {
    await using group = await createGroup();
    const members = [await group.join(), await group.join()];
    await group.untilShared(members);
    for (const member of members) {
      const before = member.identity.generation;
      member.member.rejoin('better placed now');
      await group.until(() => members.every(({ identity }) => (identity?.generation ?? 0) > before));
    }
    await group.untilShared(members);
  });

  test('a leader that cannot decide is out, and another leads', async () => {
    await using group = await createGroup();
    const broken = await group.join({ assign: () => Promise.reject(new Error('no idea')) });
    // Alone it leads for sure; of two that join together the broker chooses.
    await group.until(() => broken.failure !== null);
    expect(broken.failure).toMatchObject({ code: 'GROUP_ASSIGNMENT', context: { group: group.name } });
    const other = await group.join();
    await group.untilShared([other]);
  });

  test('a leader that forgets a member is out', async () => {
    await using group = await createGroup();
    const forgetful = await group.join({ assign: () => new Map() });
    await group.until(() => forgetful.failure !== null);
    expect(forgetful.failure?.code).toBe('GROUP_ASSIGNMENT');
  });

  test('a member with another assignor is refused', async () => {
    await using group = await createGroup();
    const one = await group.join();
    await group.untilShared([one]);
    const other = await group.join({ protocol: 'another' });
    await group.until(() => other.failure !== null);
    expect(other.failure?.code).toBe('GROUP_PROTOCOL_MISMATCH');
    await group.untilShared([one]);
  });
}

function describeSessions(createGroup: CreateGroup, times: GroupTimes): void {
  test('a member that is not heard of is out, cannot commit any more, and is told so when it comes back', async () => {
    await using group = await createGroup();
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 3 }));
    const silent = await group.join();
    await group.untilShared([silent]);
    silent.fallAsleep();
    const other = await group.join();
    await group.untilShared([other]);
    const zombie = silent.identity;
    await other.member.confirm();
    await expectError(async () => silent.member.confirm(), 'GROUP_MEMBER_FENCED');
    await expectError(() => group.broker.admin.commitOffsets(group.name, offsets, zombie), 'GROUP_MEMBER_FENCED');
    silent.wakeUp();
    await group.until(() => silent.losses === 1);
    await group.untilShared([silent, other]);
    expect(silent.identity.memberId).not.toBe(zombie.memberId);
  });

  test('who takes the place of one that is gone need not wait for its session', async () => {
    await using group = await createGroup();
    const longSession = { sessionTimeoutMs: 1_200_000, rebalanceTimeoutMs: 1_200_000 };
    const gone = await group.join(longSession);
    await group.untilShared([gone]);
    const formerMemberId = gone.identity.memberId;
    gone.fallAsleep();
    const named: string[] = [];
    const successor = await group.join({ ...longSession, formerMemberId, onNamed: (id) => void named.push(id) });
    await group.untilShared([successor]);
    expect(named).toEqual([successor.identity.memberId]);
    expect(successor.ledMembers).toHaveLength(1);
  });

  test('who takes the place of one that the group does not know joins like any other', async () => {
    await using group = await createGroup();
    const one = await group.join();
    await group.untilShared([one]);
    const two = await group.join({ formerMemberId: 'nobody' });
    await group.untilShared([one, two]);
    expect(one.losses).toBe(0);
  });

  test('a leader that takes longer to decide than its session is still the leader', async () => {
    await using group = await createGroup();
    let decisions = 0;
    const slow = await group.join({
      assign: async (members) => {
        decisions += 1;
        await new Promise((resolve) => setTimeout(resolve, times.sessionTimeoutMs * 1.5));
        return new Map(
          members.map(({ memberId }) => [memberId, { partitions: group.partitions, userData: Buffer.alloc(0) }]),
        );
      },
    });
    await group.untilShared([slow]);
    expect([decisions, slow.losses]).toEqual([1, 0]);
  });
}

function describeStaticMembers(createGroup: CreateGroup): void {
  test('a static member that comes back within its session has its assignment again, and nobody else notices', async () => {
    await using group = await createGroup();
    const instanceId = freshId();
    const first = await group.join({ instanceId });
    const other = await group.join();
    await group.untilShared([first, other]);
    const had = [...first.owned.keys()].toSorted();
    const { generation } = other.identity;
    await first.leave();
    const second = await group.join({ instanceId });
    await group.untilShared([second, other]);
    expect([...second.owned.keys()].toSorted()).toEqual(had);
    expect([second.identity.generation, other.identity.generation]).toEqual([generation, generation]);
    expect(second.identity.memberId).not.toBe(first.identity?.memberId);
  });

  test('of two with one instance id the older one fails', async () => {
    await using group = await createGroup();
    const instanceId = freshId();
    const older = await group.join({ instanceId });
    await group.untilShared([older]);
    const zombie = older.identity;
    older.releaseAll();
    const newer = await group.join({ instanceId });
    await group.until(() => older.failure !== null);
    expect(older.failure?.code).toBe('GROUP_MEMBER_FENCED');
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 7 }));
    await expectError(() => group.broker.admin.commitOffsets(group.name, offsets, zombie), 'GROUP_MEMBER_FENCED');
    await group.untilShared([newer]);
  });
}

function describeCommits(createGroup: CreateGroup): void {
  test('a member commits under its identity, in a transaction and without', async () => {
    await using group = await createGroup(2);
    const { admin } = group.broker;
    const one = await group.join();
    await group.untilShared([one]);
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 7 }));
    await admin.commitOffsets(group.name, offsets.slice(0, 1), one.identity);
    const producer = await group.broker.openTransactionalProducer(freshId());
    await producer.sendOffsets(group.name, offsets.slice(1), one.identity);
    await producer.commit();
    expect(await admin.committedOffsets(group.name, group.partitions)).toEqual(offsets);
  });

  test('offsets of an outdated generation are refused, and go in again under the new identity', async () => {
    await using group = await createGroup(2);
    const { admin } = group.broker;
    const one = await group.join();
    await group.untilShared([one]);
    const outdated = one.identity;
    one.member.rejoin('on to the next');
    await group.until(() => one.identity.generation > outdated.generation && one.assignments.length === 2);
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 7 }));
    const producer = await group.broker.openTransactionalProducer(freshId());
    await expectError(() => admin.commitOffsets(group.name, offsets, outdated), 'GROUP_MEMBER_FENCED');
    await expectError(() => producer.sendOffsets(group.name, offsets, outdated), 'GROUP_MEMBER_FENCED');
    await producer.sendOffsets(group.name, offsets, one.identity);
    await producer.commit();
    expect(await admin.committedOffsets(group.name, group.partitions)).toEqual(offsets);
  });

  test('who is no member cannot commit', async () => {
    await using group = await createGroup(2);
    const one = await group.join();
    await group.untilShared([one]);
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 7 }));
    const stranger: GroupMemberIdentity = { ...one.identity, memberId: freshId() };
    const producer = await group.broker.openTransactionalProducer(freshId());
    await expectError(() => group.broker.admin.commitOffsets(group.name, offsets, stranger), 'GROUP_MEMBER_FENCED');
    await expectError(() => producer.sendOffsets(group.name, offsets, stranger), 'GROUP_MEMBER_FENCED');
    await producer.abort();
    expect(await group.broker.admin.committedOffsets(group.name, group.partitions)).toEqual([]);
  });

  test('while a group has members its offsets are theirs, and it cannot be deleted', async () => {
    await using group = await createGroup(1);
    const { admin } = group.broker;
    const one = await group.join();
    await group.untilShared([one]);
    const offsets = group.partitions.map((partition) => ({ ...partition, offset: 7 }));
    await expectError(() => admin.commitOffsets(group.name, offsets), 'GROUP_NOT_EMPTY');
    await expectError(() => admin.deleteGroup(group.name), 'GROUP_NOT_EMPTY');
    await one.leave();
    await admin.commitOffsets(group.name, offsets);
    expect(await admin.committedOffsets(group.name, group.partitions)).toEqual(offsets);
    await admin.deleteGroup(group.name);
    expect(await admin.committedOffsets(group.name, group.partitions)).toEqual([]);
  });
}
