import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';

const SOURCES = [
  '00000000-0000-0000-0000-00000000000a',
  '00000000-0000-0000-0000-00000000000a:tag',
  '00000000-0000-0000-0000-00000000000b',
];
const gtid = fc.record({ source: fc.constantFrom(...SOURCES), number: fc.integer({ min: 1, max: 30 }) });
const gtids = fc.array(
  gtid.map(({ source, number }) => `${source}:${number}`),
  { maxLength: 40 },
);

function setOf(members: Iterable<string>): GtidSet {
  const set = new GtidSet();
  for (const member of members) set.add(member);
  return set;
}

const EVERY = SOURCES.flatMap((source) => Array.from({ length: 31 }, (_, index) => `${source}:${index + 1}`));
const unique = (members: readonly string[]) => [...new Set(members)].toSorted();
const membersOf = (set: GtidSet) => EVERY.filter((member) => set.has(member));

describe('a GTID set is a set', () => {
  test('has what was added, in whatever order', () => {
    fc.assert(
      fc.property(gtids, (members) => {
        expect(membersOf(setOf(members)).toSorted()).toEqual([...new Set(members)].toSorted());
      }),
    );
  });

  test('union, difference and containment are those of sets', () => {
    fc.assert(
      fc.property(gtids, gtids, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];

        expect(membersOf(a.union(b)).toSorted()).toEqual(unique([...left, ...right]));
        expect(membersOf(a.subtract(b)).toSorted()).toEqual(unique(left.filter((member) => !right.includes(member))));
        expect(a.contains(b)).toBe(right.every((member) => left.includes(member)));
        expect(a.subtract(b).isEmpty).toBe(left.every((member) => right.includes(member)));
      }),
    );
  });

  test('its text is canonical: equal sets have equal texts, and reading it gives the set again', () => {
    fc.assert(
      fc.property(gtids, (members) => {
        const text = setOf(members).toString();

        expect(setOf(members.toReversed()).toString()).toBe(text);
        expect(GtidSet.parse(text).toString()).toBe(text);
      }),
    );
  });
});
