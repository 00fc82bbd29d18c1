import { MillraceError } from '../../core/millrace-error.ts';
import type { Processor } from '../../processor/processor.ts';
import type { ProcessorNode, SinkNode, SourceNode, TopologyNode } from '../../topology/node.ts';
import { type ChildNode, contextOf, type NodeContext, type RecordReceiver, type TaskScope } from './node-context.ts';
import { placeError } from '../errors/place-error.ts';
import type { OutputProvider } from './record-collector.ts';
import type { TaskCounters } from './task-counters.ts';
import { DynamicTopicSink, type ProductionErrorHandler, TopicSink } from './topic-sink.ts';

/** What the graph of one task is made from. */
export interface TaskGraphOptions {
  readonly nodes: ReadonlyMap<string, TopologyNode>;
  /** The names of the nodes of this task, parents before children. */
  readonly names: readonly string[];
  readonly scope: TaskScope;
  readonly counters: TaskCounters;
  readonly collector: OutputProvider;
  readonly onProductionError: ProductionErrorHandler;
  /** The full name of a topic that a node names. */
  readonly topicName: (name: string) => string;
}

/** A source with the way its records take. */
export interface TaskSource {
  readonly node: SourceNode;
  readonly context: NodeContext;
}

interface RunningProcessor {
  readonly name: string;
  readonly processor: Processor<any, any>;
  readonly context: NodeContext;
}

/** The nodes of one task as objects that call each other directly. */
export class TaskGraph {
  readonly sources: readonly TaskSource[];
  readonly #processors: readonly RunningProcessor[];

  /** The topics of its sinks must be known to the collector already. Throws PROCESSING_FAILED when a node cannot be made. */
  constructor(options: TaskGraphOptions) {
    const receivers = new Map<string, ChildNode>();
    const sources: TaskSource[] = [];
    const processors: RunningProcessor[] = [];
    for (const name of options.names.toReversed()) {
      const node = options.nodes.get(name) as TopologyNode;
      if (node.kind === 'sink') {
        receivers.set(name, { name, receiver: createSink(node, options) });
        continue;
      }
      const context = contextOf(node, childrenOf(node, receivers), options.scope);
      if (node.kind === 'source') {
        sources.push({ node, context });
      } else {
        const processor = createProcessor(node);
        processors.push({ name, processor, context });
        receivers.set(name, { name, receiver: processor as RecordReceiver });
      }
    }
    this.sources = sources.reverse();
    this.#processors = processors.reverse();
  }

  /** Calls `init` of each processor, parents first. */
  init(): void {
    for (const { name, processor, context } of this.#processors) {
      try {
        processor.init?.(context);
      } catch (error) {
        throw placeError(error, { node: name });
      }
    }
  }

  /** Calls `close` of each processor, parents first; all of them, then throws the first error. */
  close(): void {
    let first: MillraceError | null = null;
    for (const { name, processor } of this.#processors) {
      try {
        processor.close?.();
      } catch (error) {
        first ??= placeError(error, { node: name });
      }
    }
    if (first !== null) throw first;
  }
}

function childrenOf(node: TopologyNode, receivers: ReadonlyMap<string, ChildNode>): ChildNode[] {
  return node.children.map((name) => receivers.get(name) as ChildNode);
}

function createProcessor(node: ProcessorNode): Processor<any, any> {
  try {
    return node.create();
  } catch (error) {
    throw placeError(error, { node: node.name });
  }
}

function createSink(node: SinkNode, options: TaskGraphOptions): RecordReceiver {
  const { counters, collector, topicName, onProductionError: onError } = options;
  if (typeof node.topic !== 'string')
    return new DynamicTopicSink(node, { counters, onError }, collector) as RecordReceiver;
  const output = collector.output(topicName(node.topic));
  if (output instanceof Promise) {
    throw new MillraceError(
      'INTERNAL',
      `Expected topic "${node.topic}" to be known before its tasks are made, got an unknown one`,
    );
  }
  return new TopicSink(node, { counters, onError }, output) as RecordReceiver;
}
