/** Errors in a program, found when it is built. */
export const topologyErrors = {
  TOPOLOGY_INVALID: {
    cause: 'The graph cannot be run: a node without a parent, a name unknown, a source and a sink mixed up.',
    remedy: 'Correct the topology at the node named.',
  },
  TOPOLOGY_DUPLICATE_NAME: {
    cause: 'Two nodes, stores or internal topics of one topology have the same name.',
    remedy: 'Give each its own name; the names are what state survives a change of the program by.',
  },
  TOPOLOGY_UNKNOWN_STORE: {
    cause: 'A processor asked for a store that it is not connected to.',
    remedy: 'Name the store where the processor is added.',
  },
  TOPOLOGY_NAME_REQUIRED: {
    cause:
      'An operator that keeps state or repartitions has no name. Generated names change when an operator is inserted, and state is lost.',
    remedy:
      'Give the operator a name: { name: "orders-by-country" }. It names its store, changelog and repartition topic.',
  },
  TOPOLOGY_TOPIC_TWICE: {
    cause: 'Two sources of one topology read the same topic.',
    remedy: 'Read the topic once and use the handle twice.',
  },
} as const;
