/**
 * The layers of docs/architecture.md: what a folder under `src/` may import besides itself, Node and packages. Everything
 * that is not listed is forbidden, so a new folder needs a line here.
 */
const layers = {
  core: [],
  config: ['core'],
  serde: ['core', 'config'],
  store: ['core', 'config', 'serde'],
  broker: ['core', 'config'],
  processor: ['core', 'serde', 'store'],
  topology: ['core', 'config', 'serde', 'store', 'processor'],
  dsl: ['core', 'config', 'serde', 'store', 'processor', 'topology'],
  mysql: ['core', 'config', 'serde', 'broker'],
  registry: ['core', 'config', 'serde', 'broker'],
  runtime: ['core', 'config', 'serde', 'store', 'broker', 'processor', 'topology'],
  query: ['core', 'config', 'serde', 'store', 'broker', 'processor', 'topology', 'runtime'],
  server: ['core', 'config', 'serde', 'store', 'processor', 'topology', 'runtime', 'query', 'registry'],
  connect: ['core', 'config', 'serde', 'broker'],
  sql: ['core', 'config', 'serde', 'store', 'processor', 'topology', 'dsl'],
  testing: ['core', 'config', 'serde', 'store', 'broker', 'processor', 'topology', 'registry', 'runtime'],
};

/** What of the stores is no adapter: what processors and queries see of them, whatever the engine. */
const storesAsSeen = '[^/]+\\.ts$|read-only/|versioned/';

/** Where only a part of another layer may be imported: its port, or the one adapter that the layer is made with. */
const narrowed = [
  { from: 'processor', to: 'store', only: `^src/store/(${storesAsSeen})` },
  { from: 'topology', to: 'store', only: `^src/store/(${storesAsSeen})` },
  { from: 'dsl', to: 'store', only: `^src/store/(${storesAsSeen})` },
  { from: 'runtime', to: 'store', only: `^src/store/(${storesAsSeen}|layers/)` },
  { from: 'runtime', to: 'broker', only: '^src/broker/[^/]+\\.ts$' },
  { from: 'query', to: 'broker', only: '^src/broker/[^/]+\\.ts$' },
  { from: 'mysql', to: 'broker', only: '^src/broker/[^/]+\\.ts$' },
  { from: 'registry', to: 'broker', only: '^src/broker/[^/]+\\.ts$' },
  { from: 'connect', to: 'broker', only: '^src/broker/[^/]+\\.ts$' },
  { from: 'testing', to: 'broker', only: '^src/broker/([^/]+\\.ts$|embedded/)' },
  { from: 'testing', to: 'store', only: `^src/store/(${storesAsSeen}|layers/|memory/)` },
];

/** Each package is imported from one folder only, so that it can be exchanged there. */
const packages = [
  { name: 'zod', from: '^src/config/' },
  { name: 'pino', from: '^src/cli/' },
  { name: 'pino-pretty', from: '^src/cli/' },
  { name: 'commander', from: '^src/cli/' },
  { name: 'classic-level', from: '^src/store/leveldb/' },
  { name: 'sorted-btree', from: '^src/store/' },
  { name: 'mysql2', from: '^src/mysql/' },
  { name: '@platformatic/kafka', from: '^src/broker/kafka/' },
  { name: 'kafkajs', from: '^src/broker/kafkajs/' },
  { name: 'avsc', from: '^src/serde/avro/' },
  { name: 'ajv', from: '^src/serde/json-schema/' },
  { name: 'ajv-draft-04', from: '^src/serde/json-schema/' },
  { name: 'protobufjs', from: '^src/serde/protobuf/' },
  { name: 'fastify', from: '^src/server/' },
  { name: 'rxjs', from: '^src/(query/|dsl/observable)' },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one, or want a third that both import. Types alone may go round.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      comment: 'An import that leads nowhere would also escape every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-folder-without-layer',
      comment: 'A new folder under src/ gets its place in the table of layers first.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${[...Object.keys(layers), 'cli'].join('|')})/|^src/[^/]+\\.ts$` },
      to: {},
    },
    {
      name: 'nobody-imports-the-root',
      comment: 'The composition root knows everything and is known by nobody.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|index\\.ts$)' },
      to: { path: '^src/(cli/|[^/]+\\.ts$)' },
    },
    {
      name: 'src-imports-src-only',
      comment: 'What is shipped does not lean on tests, scripts or examples.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|benchmarks|topologies)/' },
    },
    {
      name: 'only-dependencies',
      comment: 'What is shipped uses only what is installed with it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional'] },
    },
    ...Object.entries(layers).map(([layer, allowed]) => ({
      name: `layer-of-${layer}`,
      comment: `src/${layer} may import ${[layer, ...allowed].join(', ')}.`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
    })),
    ...narrowed.map(({ from, to, only }) => ({
      name: `part-of-${to}-for-${from}`,
      comment: `Of src/${to}, src/${from} may import ${only} only: adapters are passed in.`,
      severity: 'error',
      from: { path: `^src/${from}/` },
      to: { path: `^src/${to}/`, pathNot: only },
    })),
    ...packages.map(({ name, from }) => ({
      name: `package-${name.replace(/^@/, '').replace('/', '-')}`,
      comment: `${name} is imported from ${from} only.`,
      severity: 'error',
      from: { path: '^src/', pathNot: from },
      to: { path: `^node_modules/${name}/` },
    })),
  ],
  options: {
    doNotFollow: { path: '(?:^|/)node_modules/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports bind layers as tightly as values do.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['millrace-source', 'types', 'import', 'node', 'default'],
    },
  },
};
