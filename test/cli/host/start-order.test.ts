import { topology } from 'millrace';
import { expect, test } from 'vitest';
import { startOrder } from '../../../src/cli/host/start-order.ts';
import type { Topology } from '../../../src/topology/topology.ts';

function pipe(from: string, to: string): Topology {
  return topology(`${from}-${to}`, (builder) => builder.stream(from).to(to));
}

function namesOf(topologies: readonly Topology[]): readonly string[] {
  return topologies.map(({ name }) => name);
}

test('who reads a topic is started after all that write it', () => {
  const topologies = [pipe('c', 'd'), pipe('b', 'c'), pipe('x', 'y'), pipe('a', 'b'), pipe('z', 'c')];

  expect(namesOf(startOrder(topologies))).toEqual(['a-b', 'b-c', 'z-c', 'c-d', 'x-y']);
});

test('where nobody depends on another the order stays', () => {
  expect(namesOf(startOrder([pipe('c', 'd'), pipe('a', 'b')]))).toEqual(['c-d', 'a-b']);
});

test('a circle of topologies is started once each', () => {
  expect(namesOf(startOrder([pipe('a', 'b'), pipe('b', 'a')])).toSorted()).toEqual(['a-b', 'b-a']);
});
