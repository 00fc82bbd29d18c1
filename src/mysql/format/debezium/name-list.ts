import { MillraceError } from '../../../core/millrace-error.ts';

/** What Java understands in a regular expression and JavaScript does not, or otherwise. */
const JAVA_ONLY = /\\[QEAZzGhHRX]|\(\?[a-zA-Z]+[):]|[*+?}]\+|\[[^\]]*&&/;

/**
 * A list of regular expressions between commas, each for whole names, without regard to case, as Debezium's lists are. A comma
 * within brackets or behind a backslash belongs to an expression. An empty list fits nothing.
 */
export class NameList {
  readonly #expressions: readonly RegExp[];

  /** `key` is where the list comes from, for messages. Throws CONFIG_INVALID. */
  constructor(text: string, key: string) {
    this.#expressions = split(text).map((part) => toExpression(part, key));
  }

  matches(name: string): boolean {
    return this.#expressions.some((expression) => expression.test(name));
  }
}

/**
 * Whether names are captured by `<kind>.include.list` and `<kind>.exclude.list`. Throws CONFIG_INVALID when both are given.
 */
export function nameFilter(
  settings: Readonly<{ [key: string]: string }>,
  kind: 'database' | 'table' | 'column',
): (name: string) => boolean {
  const [include, exclude] = [`${kind}.include.list`, `${kind}.exclude.list`];
  const included = settings[include] ?? '';
  const excluded = settings[exclude] ?? '';
  if (included !== '' && excluded !== '') {
    throw new MillraceError('CONFIG_INVALID', `Expected \`${include}\` or \`${exclude}\`, got both`);
  }
  if (included !== '') {
    const list = new NameList(included, include);
    return (name) => list.matches(name);
  }
  const list = new NameList(excluded, exclude);
  return (name) => !list.matches(name);
}

function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\\') at++;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function toExpression(text: string, key: string): RegExp {
  const refuse = (got: string, cause?: unknown) =>
    new MillraceError(
      'CONFIG_INVALID',
      `Expected \`${key}\` to have regular expressions that JavaScript knows too, got ${got}`,
      {
        cause,
      },
    );
  if (JAVA_ONLY.test(text)) throw refuse(text);
  try {
    return new RegExp(`^(?:${text})$`, 'iu');
  } catch (error) {
    throw refuse(text, error);
  }
}
