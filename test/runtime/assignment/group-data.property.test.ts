import {
  assert as check,
  array,
  boolean,
  dictionary,
  integer,
  nat,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MillraceError } from '../../../src/core/millrace-error.ts';
import { type TaskId, taskName } from '../../../src/core/task-id.ts';
import { decodeAssignment, encodeAssignment } from '../../../src/runtime/assignment/assignment-data.ts';
import { decodeSubscription, encodeSubscription } from '../../../src/runtime/assignment/subscription-data.ts';

const task = record({ subTopology: nat(5), partition: nat(300) });
const tasks = array(task, { maxLength: 20 }).map((list) =>
  [...new Map(list.map((one) => [taskName(one), one])).values()].sort(
    (one, other) => one.subTopology - other.subTopology || one.partition - other.partition,
  ),
);
const subscription = record({
  processId: string(),
  endpoint: option(string({ minLength: 1 })),
  threads: integer({ min: 1, max: 64 }),
  tags: dictionary(string(), string(), { maxKeys: 3 }).map((tags) => new Map(Object.entries(tags))),
  active: tasks,
  standby: tasks,
  positions: tasks.map((list) => list.map((one, index) => ({ ...one, offset: index * 1_000_000_007 }))),
  stop: boolean(),
});
const assignment = record({
  active: tasks,
  standby: tasks,
  followUp: boolean(),
  probeAfterMs: option(nat()),
  hosts: array(record({ endpoint: string(), active: tasks, standby: tasks }), { maxLength: 4 }),
  warmups: tasks,
  stop: boolean(),
});

test('what a member says of itself comes back the same', () => {
  check(
    property(subscription, (data) => {
      expect(decodeSubscription(encodeSubscription(data))).toEqual(data);
    }),
  );
});

test('what the leader tells a member comes back the same', () => {
  check(
    property(assignment, (data) => {
      expect(decodeAssignment(encodeAssignment(data))).toEqual(data);
    }),
  );
});

test('data that is cut off is refused wherever it is cut', () => {
  check(
    property(subscription, nat(), (data, cut) => {
      const bytes = encodeSubscription(data);
      expectCode(() => decodeSubscription(bytes.subarray(0, cut % bytes.length)), 'GROUP_DATA');
    }),
  );
});

describe('of a newer version', () => {
  const data = {
    active: [{ subTopology: 1, partition: 2 }],
    standby: [],
    followUp: false,
    probeAfterMs: null,
    hosts: [],
    warmups: [],
    stop: false,
  };

  test('what only appends fields is read', () => {
    const bytes = Buffer.concat([encodeAssignment(data), Buffer.from('more')]);
    bytes[0] = 9;
    expect(decodeAssignment(bytes)).toEqual(data);
  });

  test('what older programs cannot read is refused, with the version', () => {
    const bytes = encodeAssignment(data);
    bytes[0] = 9;
    bytes[1] = 7;
    expect(expectCode(() => decodeAssignment(bytes), 'GROUP_VERSION').context).toEqual({ version: 9 });
  });
});

test('a thousand tasks with their positions take few bytes', () => {
  const list: TaskId[] = Array.from({ length: 1000 }, (_, partition) => ({ subTopology: 0, partition }));
  const bytes = encodeSubscription({
    processId: '3f0c9f4e-7c0a-4d8e-9a55-0d5a0b7f4c11',
    endpoint: 'host-1:8080',
    threads: 1,
    tags: new Map(),
    active: list,
    standby: [],
    positions: list.map((one) => ({ ...one, offset: 1_000_000 })),
    stop: false,
  });
  expect(bytes.length).toBeLessThan(5100);
});

function expectCode(call: () => unknown, code: string): MillraceError {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ code });
    return error as MillraceError;
  }
  throw new Error(`expected ${code}`);
}
