import type { Json, JsonObject } from '../case-file.ts';
import type { RandomSource } from './random-source.ts';

const FIELDS = ['g', 'n', 'p', 's', 'xs', 'a.b', 'missing', 'left', 'right', 'left.n', 'right.g', 'count'];
const BRANCHES = ['then', 'else'] as const;
const NUMBERS = ['n', 'n', 'n', 'a.b', 'left.n', 'right.n', 'left', 'g'];

/** Functions of the vocabulary of cases, chosen at random. */
export class RandomFunctions {
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  predicate(depth = 0): JsonObject {
    const random = this.#random;
    const nested = (): JsonObject => this.predicate(depth + 1);
    const compared = (): JsonObject => ({
      fn: random.pick(['gt', 'gte', 'lt', 'lte']),
      ...random.pick([{ field: 'n' }, { field: 'n' }, {}, { field: 's' }]),
      value: random.chance(0.85) ? random.between(-1, 4) : 'm',
    });
    return random.weighted<JsonObject>([
      [1, () => ({ fn: random.pick(['true', 'false']) })],
      [3, () => ({ fn: random.pick(['eq', 'ne']), field: 'g', value: random.pick<Json>(['x', 'y', null]) })],
      [1, () => ({ fn: random.pick(['eq', 'ne']), ...this.#field(), value: this.literal() })],
      [6, compared],
      [2, () => ({ fn: 'exists', ...this.#field() })],
      [
        3,
        () => ({
          fn: 'mod',
          ...random.pick([{ field: 'n' }, {}]),
          divisor: random.between(2, 3),
          remainder: random.between(0, 1),
        }),
      ],
      [1, () => ({ fn: 'keyEq', value: random.pick(['a', 'b']) })],
      [1, () => ({ fn: 'keyPrefix', value: random.pick(['a', 'b', '']) })],
      ...(depth > 1
        ? []
        : [
            [1, () => ({ fn: 'not', of: nested() })] as const,
            [1, () => ({ fn: random.pick(['and', 'or']), of: random.list(1, 3, nested) })] as const,
          ]),
    ]);
  }

  /** Of a windowed key also one that keeps the window. */
  selector(windowed = false): JsonObject {
    const random = this.#random;
    return random.weighted<JsonObject>([
      [6, () => ({ fn: 'field', field: random.pick(['g', 'g', 'g', 'p', 'n', 's']) })],
      [1, () => ({ fn: 'field', ...this.#field() })],
      [1, () => ({ fn: 'const', value: random.pick(['all', 'x', 'a']) })],
      [windowed ? 3 : 1, () => ({ fn: 'windowKey' })],
      [windowed ? 3 : 0.3, () => ({ fn: 'windowString' })],
      [1, () => ({ fn: 'key' })],
      [
        1,
        () => ({
          fn: 'concat',
          parts: [{ fn: 'windowKey' }, { fn: 'field', field: random.pick(['g', 'n']) }],
          ...random.pick([{}, { sep: '-' }]),
        }),
      ],
    ]);
  }

  /** One that makes plain keys. */
  plainSelector(): JsonObject {
    for (;;) {
      const selector = this.selector();
      if (selector['fn'] !== 'key') return selector;
    }
  }

  mapper(depth = 0): JsonObject {
    const random = this.#random;
    const nested = (): JsonObject => this.mapper(depth + 1);
    const simple: (readonly [number, () => JsonObject])[] = [
      [4, () => ({ fn: 'value' })],
      [1, () => ({ fn: 'const', value: this.literal() })],
      [3, () => ({ fn: 'field', ...this.#field() })],
      [1, () => ({ fn: 'key' })],
    ];
    if (depth > 1) return random.weighted(simple);
    return random.weighted<JsonObject>([
      ...simple,
      [2, () => ({ fn: 'object', fields: { g: nested(), n: { fn: 'field', field: 'n' }, k: { fn: 'key' } } })],
      [3, () => ({ fn: 'set', field: random.pick(['g', 'n', 'z']), to: nested() })],
      [2, () => ({ fn: random.pick(['add', 'sub', 'mul']), a: { fn: 'field', field: 'n' }, b: this.#small() })],
      [1, () => ({ fn: 'concat', parts: random.list(1, 3, nested), ...random.pick([{}, { sep: '/' }]) })],
      [3, () => this.#choice(depth)],
    ]);
  }

  #choice(depth: number): JsonObject {
    const branches = [
      this.mapper(depth + 1),
      this.#random.pick([this.mapper(depth + 1), { fn: 'const', value: null }]),
    ];
    const named = BRANCHES.map((name, index) => [name, branches[index] as JsonObject]);
    return { fn: 'if', cond: this.predicate(1), ...Object.fromEntries(named) };
  }

  /** One that mostly keeps the fields that other functions look at. */
  row(): JsonObject {
    return this.#random.chance(0.7) ? { fn: 'value' } : this.mapper();
  }

  flatMapper(): JsonObject {
    const random = this.#random;
    return random.weighted<JsonObject>([
      [3, () => ({ fn: 'explode', field: 'xs' })],
      [0.5, () => ({ fn: 'explode' })],
      [2, () => ({ fn: 'split', field: 's', sep: random.pick([' ', '.', 'a']) })],
      [2, () => ({ fn: 'list', items: random.list(0, 3, () => this.mapper(1)) })],
    ]);
  }

  joiner(ofStreams: boolean): JsonObject {
    const random = this.#random;
    return random.weighted<JsonObject>([
      [6, () => ({ fn: 'pair' })],
      [ofStreams ? 1 : 0, () => ({ fn: 'pairWithKey' })],
      [3, () => ({ fn: 'merge' })],
      [1, () => ({ fn: random.pick(['left', 'right']) })],
      [1, () => ({ fn: 'add', left: 'n', right: 'n' })],
      [1, () => ({ fn: 'concat', ...random.pick([{}, { sep: '+' }]) })],
    ]);
  }

  aggregator(depth = 0): JsonObject {
    const random = this.#random;
    const nested = (): JsonObject => this.aggregator(depth + 1);
    const field = (): JsonObject => random.pick<JsonObject>([{ field: random.pick(NUMBERS) }, { field: 'n' }, {}]);
    return random.weighted<JsonObject>([
      [3, () => ({ fn: random.pick(['sum', 'sub']), ...field() })],
      [1, () => ({ fn: random.pick(['count', 'uncount']) })],
      [3, () => ({ fn: 'append', ...field() })],
      [1, () => ({ fn: 'remove', ...field() })],
      [1, () => ({ fn: random.pick(['min', 'max']), ...field() })],
      [1, () => ({ fn: random.pick(['last', 'first']), ...field() })],
      [1, () => ({ fn: 'concat', ...field(), ...random.pick([{}, { sep: ',' }]) })],
      ...(depth > 0
        ? []
        : [
            [1, () => ({ fn: 'into', field: random.pick(['n', 'g']), of: nested() })] as const,
            [1, () => ({ fn: 'all', of: random.list(1, 2, nested) })] as const,
            [2, () => ({ fn: 'nullIfZero', of: { fn: random.pick(['sum', 'sub']), ...field() } })] as const,
          ]),
    ]);
  }

  /** Adds to a list, and takes the same away; or any two. */
  adderAndSubtractor(): { adder: JsonObject; subtractor: JsonObject } {
    const random = this.#random;
    const field = random.pick<JsonObject>([{ field: 'n' }, {}, { field: 'g' }]);
    return random.weighted<{ adder: JsonObject; subtractor: JsonObject }>([
      [3, () => ({ adder: { fn: 'sum', ...field }, subtractor: { fn: 'sub', ...field } })],
      [3, () => ({ adder: { fn: 'append', ...field }, subtractor: { fn: 'remove', ...field } })],
      [1, () => ({ adder: { fn: 'count' }, subtractor: { fn: 'nullIfZero', of: { fn: 'uncount' } } })],
      [1, () => ({ adder: this.aggregator(), subtractor: this.aggregator() })],
    ]);
  }

  reducer(): JsonObject {
    const random = this.#random;
    return random.weighted<JsonObject>([
      [1, () => ({ fn: random.pick(['last', 'first']) })],
      [1, () => ({ fn: random.pick(['max', 'min']), ...random.pick([{}, { field: 'n' }]) })],
      [2, () => ({ fn: random.pick(['sum', 'sub']), ...random.pick([{}, { field: 'n' }, { field: 'n' }]) })],
      [1, () => ({ fn: 'concat', ...random.pick([{}, { sep: '-' }]) })],
    ]);
  }

  merger(depth = 0): JsonObject {
    const random = this.#random;
    return random.weighted<JsonObject>([
      [2, () => ({ fn: 'sum' })],
      [2, () => ({ fn: 'concatLists' })],
      [1, () => ({ fn: 'concat', ...random.pick([{}, { sep: '|' }]) })],
      [1, () => ({ fn: random.pick(['max', 'min']) })],
      [1, () => ({ fn: random.pick(['first', 'second']) })],
      [depth > 0 ? 0 : 1, () => ({ fn: 'fields', of: { n: this.merger(1), g: this.merger(1) } })],
    ]);
  }

  initializer(): Json {
    return this.#random.pick<Json>([0, 0, 0, [], [], '', null, {}, 5]);
  }

  literal(): Json {
    return this.#random.pick<Json>([0, 1, 2, -1, 'x', 'y', null, true, { g: 'x', n: 1 }, { g: 'y', n: 2 }, [1, null]]);
  }

  #small(): JsonObject {
    const random = this.#random;
    return random.pick<JsonObject>([
      { fn: 'const', value: random.between(-2, 3) },
      { fn: 'field', field: 'a.b' },
    ]);
  }

  #field(): JsonObject {
    return this.#random.chance(0.2) ? {} : { field: this.#random.pick(FIELDS) };
  }
}
