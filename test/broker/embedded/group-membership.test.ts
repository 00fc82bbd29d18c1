import { expect, test } from 'vitest';
import { EmbeddedGroupCoordinator, GroupCoordinators } from '../../../src/broker/embedded/group-coordinators.ts';
import type { GroupOptions } from '../../../src/broker/group-port.ts';
import { GroupMembership } from '../../../src/broker/group/group-membership.ts';
import { expectError } from '../broker-harness.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';

const SESSION_MS = 10_000;

/** A member alone in its group, which stands still for as long as its scheduler is not told of the time. */
async function loneMember(options: Partial<GroupOptions> = {}) {
  const [ofCoordinator, ofMember] = [new ManualScheduler(), new ManualScheduler()];
  const given: GroupOptions = {
    group: 'app',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 30_000,
    heartbeatIntervalMs: 1_000_000,
    protocol: 'alone',
    subscription: () => ({ topics: [], ownedPartitions: [], userData: Buffer.alloc(0) }),
    assign: (members) =>
      new Map(members.map(({ memberId }) => [memberId, { partitions: [], userData: Buffer.alloc(0) }])),
    onEvent: () => undefined,
    ...options,
  };
  const coordinators = new GroupCoordinators(ofCoordinator);
  const coordinator = new EmbeddedGroupCoordinator(coordinators.group('app'), given, () => undefined);
  const member = new GroupMembership(given, { coordinator, scheduler: ofMember }).start();
  await ofMember.advance(0);
  await ofCoordinator.advance(0);
  expect(member.takeEvent()).toMatchObject({ kind: 'assigned' });
  return { member, ofCoordinator, ofMember };
}

test('a member whose session cannot have ended is confirmed without a question', async () => {
  const { member, ofMember } = await loneMember();
  await ofMember.advance(SESSION_MS - 1);
  expect(member.confirm()).toBeUndefined();
});

test('a member that stood still for its session asks, and is confirmed where the coordinator still knows it', async () => {
  const { member, ofMember } = await loneMember();
  await ofMember.advance(SESSION_MS);
  await expect(member.confirm()).resolves.toBeUndefined();
  expect(member.confirm()).toBeUndefined();
});

test('a member that stood still for its session asks, and learns that it is none any more', async () => {
  const { member, ofCoordinator, ofMember } = await loneMember();
  await ofCoordinator.advance(SESSION_MS);
  expect(member.confirm()).toBeUndefined();
  await ofMember.advance(SESSION_MS);
  await expectError(async () => member.confirm(), 'GROUP_MEMBER_FENCED');
  expect(member.takeEvent()).toMatchObject({ kind: 'lost' });
});

test('who leaves while it asks is a member no more', async () => {
  const { member, ofMember } = await loneMember();
  await ofMember.advance(SESSION_MS);
  const confirmed = expectError(async () => member.confirm(), 'GROUP_MEMBER_FENCED');
  await member.leave();
  await confirmed;
  await expectError(async () => member.confirm(), 'GROUP_MEMBER_FENCED');
});
