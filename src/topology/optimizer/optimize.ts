import { MillraceError } from '../../core/millrace-error.ts';
import type { Topology } from '../topology.ts';
import { mergeRepartitionTopics } from './merge-repartition-topics.ts';
import { reuseSourceTopics } from './reuse-source-topics.ts';
import { singleStoreSelfJoin } from './single-store-self-join.ts';

/** The passes by name, in the order in which they run. */
const passes = Object.freeze({ singleStoreSelfJoin, mergeRepartitionTopics, reuseSourceTopics });

/** A change of the graph that keeps what it computes, as Kafka Streams' `topology.optimization` has them. */
export type Optimization = keyof typeof passes;

/** All, none, or some of the optimizations. */
export type OptimizationOption = 'none' | 'all' | readonly Optimization[];

/**
 * The topology with these optimizations made; the one given stays as it is. They run in one fixed order, whatever the order
 * of the list, and doing one twice is no error. Throws TOPOLOGY_INVALID for an unknown name.
 *
 * They change internal topics and stores: an application that has run without one must be reset before it runs with it, and
 * the other way round.
 *
 * @example describe(optimize(topology, ['mergeRepartitionTopics']))
 */
export function optimize(topology: Topology, optimization: OptimizationOption): Topology {
  const known = Object.keys(passes) as Optimization[];
  if (optimization === 'none') return topology;
  const wanted = optimization === 'all' ? known : optimization;
  const unknown = Array.isArray(wanted) ? wanted.find((name) => !known.includes(name)) : String(wanted);
  if (unknown !== undefined) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`optimization\` to be "none", "all" or a list of ${known.join(', ')}, got "${unknown}"`,
    );
  }
  return known.filter((name) => wanted.includes(name)).reduce((result, name) => passes[name](result), topology);
}
