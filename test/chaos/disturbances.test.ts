import { expect, test } from 'vitest';
import { planDisturbances } from '../../scripts/chaos/disturbances.ts';
import { SeededRandom } from '../../scripts/demo/seeded-random.ts';

const options = { instances: 3, sessionTimeoutMs: 4000 };
const plan = (rounds: number) => planDisturbances(new SeededRandom(1), { ...options, rounds });

test('four rounds have every kind of disturbance', () => {
  expect(plan(4).map(({ kind }) => kind)).toEqual(['kill', 'freeze', 'rolling restart', 'kill the broker']);
});

test('thirty rounds kill the broker twice and freeze longer than a session', () => {
  const disturbances = plan(30);
  expect(disturbances.filter(({ kind }) => kind === 'kill the broker')).toHaveLength(2);
  const freezes = disturbances.flatMap((disturbance) => (disturbance.kind === 'freeze' ? [disturbance.frozenMs] : []));
  expect(freezes.length).toBeGreaterThan(5);
  expect(Math.min(...freezes)).toBeGreaterThan(options.sessionTimeoutMs);
});
