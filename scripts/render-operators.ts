import { join } from 'node:path';
import { readExamples, type ShownExample } from './operator-docs/read-examples.ts';
import { optionsIn, readOptions, type OptionsType } from './operator-docs/read-options.ts';
import { readFunctions, readHandles, type Handle, type HandleMethod } from './operator-docs/read-handle.ts';

const root = join(import.meta.dirname, '..');

const HANDLES = [
  'k-stream',
  'k-table',
  'global-k-table',
  'k-grouped-stream',
  'k-grouped-table',
  'time-windowed-k-stream',
  'session-windowed-k-stream',
  'cogrouped-k-stream',
];
const WINDOWS = ['tumbling', 'hopping', 'sliding', 'session', 'unlimited'];
const EXAMPLES = ['k-stream-examples', 'k-table-examples', 'aggregation-examples'];

/** The facts that each operator states, itself or through its class, by tag. */
const FACTS: readonly (readonly [tag: string, title: string])[] = [
  ['nulls', 'Nulls'],
  ['ordering', 'Ordering'],
  ['state', 'Stores and changelogs'],
  ['repartition', 'Repartition'],
];

/** `docs/operators.md`: every operator of the handles, as their TSDoc has it, with an example that a test runs. */
export function renderOperators(): string {
  const examples = operatorExamples();
  const handles = operatorHandles();
  return [
    '# Operators\n',
    'Made by `npm run docs` from the TSDoc in `src/dsl/` and the examples in `test/dsl/examples/`, which the tests run; do not edit.\n',
    'In the examples keys are text and values JSON. What goes in and what comes out (after `→`) are lines of topic, key (`-`: none), value and, if it is not 0, the time in milliseconds. Each update is emitted, unless the application has a record cache: then only the last of each key at a commit.\n',
    'Every changelog is called `<application>-<store>-changelog`. Where an operator needs a `name`, its store, changelog and repartition topic are called after it, so that nothing is renamed when another operator is put in.\n',
    ...handles.map((handle) => renderHandle(handle, examples)),
    '## Windows\n',
    "Given to `windowedBy`. All times are milliseconds of the records' timestamps.\n",
    ...WINDOWS.flatMap((name) => readFunctions(join(root, 'src/dsl/windows', `${name}.ts`)).map(renderWindows)),
    '## Options\n',
    ...optionsUsed(handles).map(renderOptions),
  ].join('\n');
}

/** The handles with their methods. */
export function operatorHandles(): readonly Handle[] {
  return HANDLES.flatMap((name) => readHandles(join(root, 'src/dsl', `${name}.ts`)));
}

/** What an operator says of a fact, or its class where it says nothing. */
export function factOf(handle: Handle, method: HandleMethod, tag: string): string | undefined {
  return method.tags.get(tag) ?? handle.tags.get(tag);
}

/** The examples by `KStream.filter`. */
export function operatorExamples(): ReadonlyMap<string, ShownExample> {
  return new Map(EXAMPLES.flatMap((name) => [...readExamples(join(root, 'test/dsl/examples', `${name}.ts`))]));
}

function renderHandle(handle: Handle, examples: ReadonlyMap<string, ShownExample>): string {
  const methods = handle.methods.map((method) =>
    renderMethod(handle, method, examplesOf(`${handle.name}.${method.name}`, examples)),
  );
  const facts = handle.methods.length === 0 ? [renderFacts((tag) => handle.tags.get(tag))] : [];
  return [`## ${handle.name}\n`, `${handle.text}\n`, ...facts, ...methods].join('\n');
}

/** The example of an operator, then those it has besides, with what they are about. */
function examplesOf(operator: string, examples: ReadonlyMap<string, ShownExample>): readonly string[] {
  return [...examples].flatMap(([name, example]) => {
    if (name === operator) return [renderExample(example)];
    if (!name.startsWith(`${operator} (`)) return [];
    const about = name.slice(operator.length + 2, -1);
    return [`${about.charAt(0).toUpperCase()}${about.slice(1)}:\n`, renderExample(example)];
  });
}

function renderMethod(handle: Handle, method: HandleMethod, examples: readonly string[]): string {
  return [
    `### ${handle.name}.${method.name}\n`,
    fenced('ts', method.signatures),
    `${method.text}\n`,
    renderFacts((tag) => factOf(handle, method, tag), optionsIn(method.signatures.join(' '))),
    ...examples,
  ].join('\n');
}

function renderFacts(fact: (tag: string) => string | undefined, options: readonly string[] = []): string {
  const lines = FACTS.map(([tag, title]) => `- **${title}**: ${fact(tag) ?? ''}`);
  if (options.length > 0) lines.push(`- **Options**: ${options.map(linkTo).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function renderExample({ program, input, output }: ShownExample): string {
  const records = [...input, ...output.map((line) => `→ ${line}`)];
  return [fenced('ts', [program]), fenced('text', records)].join('\n');
}

function renderWindows({ name, signatures, text }: HandleMethod): string {
  return [`### ${name}\n`, fenced('ts', signatures), `${text}\n`].join('\n');
}

/** The options of the operators and those that these extend or contain, by name. */
function optionsUsed(handles: readonly Handle[]): readonly OptionsType[] {
  // Those of stores are options of operators too.
  const known = new Map([...readOptions(join(root, 'src/store')), ...readOptions(join(root, 'src/dsl'))]);
  const used = new Set(
    handles.flatMap(({ methods }) => methods.flatMap(({ signatures }) => optionsIn(signatures.join(' ')))),
  );
  for (const name of used) {
    const { bases = [], options = [] } = known.get(name) ?? {};
    const within = [...bases, ...options.map(({ signature }) => signature)].flatMap(optionsIn);
    for (const other of within) used.add(other);
  }
  return [...used].toSorted().flatMap((name) => known.get(name) ?? []);
}

function renderOptions({ name, text, bases, options }: OptionsType): string {
  const inherited = bases.flatMap(optionsIn).map(linkTo);
  const lines = options.map((option) => `- \`${option.signature}\`${option.text === '' ? '' : `: ${option.text}`}`);
  if (inherited.length > 0) lines.push(`- and those of ${inherited.join(' and ')}`);
  return [`### ${name}\n`, `${text}\n`, `${lines.join('\n')}\n`].join('\n');
}

function linkTo(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function fenced(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\`\n`;
}
