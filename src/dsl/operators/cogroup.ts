import type { Windowed } from '../../serde/windowed-serde.ts';
import type { DslContext } from '../dsl-context.ts';
import { keySerdeOf, valueSerdeOf, type PartitionFor, type StreamPlan } from '../stream-plan.ts';
import { addTableStore, type StoreOptions } from '../table-stores/add-table-store.ts';
import type { TablePlan } from '../table-plan.ts';
import type { Windows } from '../windows/windows.ts';
import {
  aggregateFolding,
  streamAggregator,
  type AggregateOptions,
  type AggregationOptions,
} from './aggregate-stream.ts';
import { AggregationView } from './aggregation-view.ts';
import { PassThrough } from './pass-through.ts';
import { windowedProcessor, type WindowedOptions } from './windowed/aggregate-windows.ts';
import { aggregateFold, type Merger } from './windowed/window-fold.ts';
import { WindowedAggregation } from './windowed/windowed-aggregation.ts';

/** One of the grouped streams that are folded into one aggregate. */
export interface CogroupInput<K, A> {
  readonly partition: PartitionFor<K, any>;
  readonly aggregator: AggregateOptions<K, any, A>['aggregator'];
}

/** How grouped streams are folded into one aggregate. */
export interface CogroupOptions<A> extends AggregationOptions<A> {
  /** Makes the aggregate of a key that has none yet. */
  readonly initializer: () => A;
}

/** How grouped streams are folded into one aggregate in each window. */
export interface WindowedCogroupOptions<A> extends CogroupOptions<A>, WindowedOptions<A> {}

/** How grouped streams are folded into one aggregate in each session. */
export interface SessionCogroupOptions<K, A> extends WindowedCogroupOptions<A> {
  /** Makes one aggregate of two; begins with the initial one and the oldest session. */
  readonly merger: Merger<K, A>;
}

/** Folds the values of each key of several streams into one table (KIP-150), with one store and changelog. */
export function cogroup<K, A>(
  inputs: readonly CogroupInput<K, A>[],
  options: CogroupOptions<A> & StoreOptions,
): TablePlan<K, A> {
  const { name } = options;
  const { plans, context, first } = partitioned(inputs, name);
  const table = { context, keySerde: first.keySerde, valueSerde: options.valueSerde ?? null };
  const [keySerde, valueSerde] = [keySerdeOf(table), valueSerdeOf<A>(table)];
  const store = addTableStore<K, A>(context, { name, keySerde, valueSerde, options });
  const view = new AggregationView(store, context.oldValues);
  const parents = plans.map((plan, index) => {
    const { aggregator } = inputs[index] as CogroupInput<K, A>;
    const create = streamAggregator<K, any, A>(view, aggregateFolding({ ...options, aggregator }));
    return addInput(plan, { name, index, stores: store.stores, create });
  });
  return { ...table, ...join(context, { name, parents, plans }), view };
}

/** Folds as `cogroup` does, in windows. */
export function cogroupWindows<K, A>(
  inputs: readonly CogroupInput<K, A>[],
  windows: Windows,
  options: WindowedCogroupOptions<A> & { readonly merger?: Merger<K, A> },
): TablePlan<Windowed<K>, A> {
  const { name, valueSerde = null, merger = null } = options;
  const { plans, context, first } = partitioned(inputs, name);
  const aggregation = new WindowedAggregation<K, A>(context, {
    options,
    windows,
    emit: 'onWindowUpdate',
    idleMs: null,
    keySerde: keySerdeOf(first),
    valueSerde,
    inputs: inputs.length,
  });
  const parents = plans.map((plan, index) => {
    const { aggregator } = inputs[index] as CogroupInput<K, A>;
    const create = windowedProcessor(aggregation, aggregateFold<K, any, A>({ ...options, aggregator }, merger), index);
    return addInput(plan, { name, index, stores: aggregation.stores, create });
  });
  const { node, sources } = join(context, { name, parents, plans });
  return aggregation.table(node, sources);
}

function partitioned<K, A>(
  inputs: readonly CogroupInput<K, A>[],
  name: string,
): { plans: readonly StreamPlan<K, any>[]; context: DslContext; first: StreamPlan<K, any> } {
  const plans = inputs.map(({ partition }, index) => partition({ name: inputName(name, index) }, 'aggregate'));
  const first = plans[0] as StreamPlan<K, any>;
  return { plans, first, context: first.context };
}

function addInput(
  { context, node }: StreamPlan<any, any>,
  input: { name: string; index: number; stores: readonly string[]; create: () => any },
): string {
  const name = context.nodeName(inputName(input.name, input.index), 'COGROUPKSTREAM-AGGREGATE-');
  context.graph.addProcessor({ name, parents: [node], stores: input.stores, create: input.create });
  return name;
}

/** Makes one node of those of the inputs, whose topics must have equal partitions. */
function join(
  context: DslContext,
  { name, parents, plans }: { name: string; parents: readonly string[]; plans: readonly StreamPlan<any, any>[] },
): { node: string; sources: readonly string[] } {
  const node = context.nodeName(`${name}-cogroup-merge`, 'COGROUPKSTREAM-MERGE-');
  const sources = [...new Set(plans.flatMap((plan) => plan.sources))];
  context.graph.coPartition(sources);
  context.graph.addProcessor({ name: node, parents, create: () => new PassThrough() });
  return { node, sources };
}

function inputName(name: string, index: number): string {
  return `${name}-cogroup-agg-${index}`;
}
