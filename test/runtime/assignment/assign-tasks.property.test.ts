import {
  assert as check,
  type Arbitrary,
  array,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  tuple,
} from 'fast-check';
import { expect, test } from 'vitest';
import { taskName } from '../../../src/core/task-id.ts';
import { AssignmentSimulation, type SimulatedMember, type SimulatedProcess, tasksOf } from './assignment-simulation.ts';

const ZONES = ['a', 'b', 'c'];

type Step =
  | { readonly kind: 'start'; readonly threads: number; readonly zone: string }
  | { readonly kind: 'leave' | 'crash' | 'restart'; readonly which: number }
  | { readonly kind: 'catch up' | 'fall behind'; readonly records: number }
  | { readonly kind: 'probe' };

const steps: Arbitrary<Step[]> = array(
  oneof(
    record({
      kind: constantFrom('start' as const),
      threads: integer({ min: 1, max: 3 }),
      zone: constantFrom(...ZONES),
    }),
    record({ kind: constantFrom('leave' as const, 'crash' as const, 'restart' as const), which: nat(20) }),
    record({ kind: constantFrom('catch up' as const, 'fall behind' as const), records: integer({ min: 1, max: 600 }) }),
    record({ kind: constantFrom('probe' as const) }),
  ),
  { maxLength: 12 },
);

const config = record({
  numStandbyReplicas: nat(2),
  acceptableRecoveryLag: constantFrom(0, 100),
  maxWarmupReplicas: integer({ min: 1, max: 3 }),
  rackAwareAssignmentTags: constantFrom([], ['zone']),
});

const topology = tuple(
  array(integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
  array(boolean(), { minLength: 4, maxLength: 4 }),
).map(([partitions, stateful]) => tasksOf(partitions, (subTopology) => stateful[subTopology] === true));

/** A group, and the processes that it consists of; each thread is a member. */
class Cluster {
  readonly simulation: AssignmentSimulation;
  readonly #running: { process: SimulatedProcess; members: SimulatedMember[] }[] = [];

  constructor(simulation: AssignmentSimulation) {
    this.simulation = simulation;
  }

  start(threads: number, zone: string): void {
    const process = this.simulation.process([['zone', zone]]);
    const members = Array.from({ length: threads }, () => this.simulation.join(process));
    this.#running.push({ process, members });
  }

  apply(step: Step): void {
    const { simulation } = this;
    if (step.kind === 'start') this.start(step.threads, step.zone);
    else if (step.kind === 'catch up') simulation.catchUp(step.records);
    else if (step.kind === 'fall behind') simulation.fallBehind(step.records);
    else if ('which' in step) this.#end(step.which, step.kind);
    simulation.rebalance();
  }

  /** How many threads each process has, and what each thread runs. */
  loads(): readonly { readonly active: readonly number[]; readonly standby: number }[] {
    return this.#running.map(({ members }) => ({
      active: members.map(({ active }) => active.size),
      standby: members.reduce((sum, { standby }) => sum + standby.size, 0),
    }));
  }

  #end(which: number, kind: 'leave' | 'crash' | 'restart'): void {
    if (this.#running.length <= 1 && kind !== 'restart') return;
    const [ended] = this.#running.splice(which % this.#running.length, 1);
    if (ended === undefined) return;
    for (const member of ended.members) this.simulation.remove(member);
    // The process that comes back after a crash has lost its disk.
    if (kind === 'restart') this.simulation.rebalance();
    if (kind === 'restart') {
      const members = ended.members.map(() => this.simulation.join(ended.process));
      this.#running.push({ process: ended.process, members });
    }
  }
}

function live(
  tasks: ReturnType<typeof tasksOf>,
  options: AssignmentSimulation['config'],
  list: readonly Step[],
): Cluster {
  const cluster = new Cluster(new AssignmentSimulation(tasks, options));
  cluster.start(1, 'a');
  cluster.simulation.rebalance();
  for (const step of list) cluster.apply(step);
  return cluster;
}

test('whatever happens, each task runs exactly once, and its copies are elsewhere', () => {
  check(
    property(topology, config, steps, (tasks, options, list) => {
      const { simulation } = live(tasks, options, list);
      expect(simulation.problems).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('when nothing more happens it settles, balanced within one over threads', () => {
  check(
    property(topology, config, steps, (tasks, options, list) => {
      const cluster = live(tasks, options, list);
      cluster.simulation.settle();
      expect(cluster.simulation.problems).toEqual([]);
      const active = cluster.loads().flatMap((load) => load.active);
      expect(Math.max(...active) - Math.min(...active)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 150 },
  );
});

test('a group in which nothing changes keeps its assignment', () => {
  check(
    property(topology, config, steps, (tasks, options, list) => {
      const { simulation } = live(tasks, options, list);
      simulation.settle();
      const before = [simulation.owners(), simulation.members.map(({ standby }) => standby)];
      expect(simulation.rebalance()).toBe(1);
      expect([simulation.owners(), simulation.members.map(({ standby }) => standby)]).toEqual(before);
    }),
    { numRuns: 150 },
  );
});

test('when a thread joins in a process of its own, no more than its share moves', () => {
  check(
    property(topology, config, steps, (tasks, options, list) => {
      const cluster = live(tasks, options, list);
      const { simulation } = cluster;
      simulation.settle();
      const before = simulation.processes();
      cluster.start(1, 'b');
      simulation.settle();
      const after = simulation.processes();
      const moved = tasks.filter(({ id }) => before.get(taskName(id)) !== after.get(taskName(id)));
      const withState = tasks.filter(({ stateful }) => stateful);
      const share = (count: number): number => Math.ceil(count / simulation.members.length);
      expect(moved.filter(({ stateful }) => stateful).length).toBeLessThanOrEqual(share(withState.length));
      expect(moved.length).toBeLessThanOrEqual(share(withState.length) + share(tasks.length));
      expect(simulation.problems).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('there are as many copies as wanted, in zones of their own while there are any', () => {
  check(
    property(topology, config, steps, (tasks, options, list) => {
      const cluster = live(tasks, options, list);
      const { simulation } = cluster;
      simulation.settle();
      const processes = new Map(simulation.members.map(({ process }) => [process.id, process]));
      const zones = new Set([...processes.values()].map(({ tags }) => tags.get('zone')));
      for (const [task, copies] of simulation.last?.standbyProcesses ?? []) {
        expect(copies.length).toBe(Math.min(options.numStandbyReplicas, processes.size - 1));
        if (options.rackAwareAssignmentTags.length === 0) continue;
        const places = [simulation.last?.activeProcess.get(task) as string, ...copies];
        const used = new Set(places.map((id) => processes.get(id)?.tags.get('zone')));
        expect(used.size).toBe(Math.min(zones.size, places.length));
      }
    }),
    { numRuns: 150 },
  );
});
