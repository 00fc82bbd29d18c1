import { type ErrorContext, MillraceError } from '../../core/millrace-error.ts';
import type { PartitionOffset } from '../port.ts';
import { brokerRefused, protocolErrorName } from './protocol-error.ts';

/** The member is outdated: another generation has begun without it, or another took its instance id. */
const MEMBER_FENCED: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'STALE_MEMBER_EPOCH',
]);

/** Offsets to commit as requests have them. */
interface CommittedTopic {
  readonly name: string;
  readonly partitions: { partitionIndex: number; committedOffset: bigint; committedLeaderEpoch: number }[];
}

/** Offsets by topic, as requests have them. */
export function committedTopics(offsets: readonly PartitionOffset[]): CommittedTopic[] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, some]) => ({
    name,
    partitions: some.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: '',
    })),
  }));
}

/** The error of a refused commit of offsets. */
export function offsetsRefused(errorNumber: number, group: string, context: ErrorContext = {}): MillraceError {
  const what = `offsets of group "${group}" to be committed`;
  const options = { context: { group, ...context } };
  const name = protocolErrorName(errorNumber);
  if (!MEMBER_FENCED.has(name)) return brokerRefused(errorNumber, what, options);
  return new MillraceError('GROUP_MEMBER_FENCED', `Expected ${what} by a member of it, got ${name}`, options);
}
