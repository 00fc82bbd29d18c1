/** Words that cannot name a constant. */
const RESERVED = new Set(
  'await break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield mysqlTable'.split(
    ' ',
  ),
);

/** Endings of plural words and what is in their place in the singular, the more special first. */
const PLURALS: readonly (readonly [ending: RegExp, singular: string])[] = [
  [/(news|series|species)$/i, '$1'],
  [/people$/i, 'person'],
  [/children$/i, 'child'],
  [/(matr|vert|ind)ices$/i, '$1ix'],
  [/(analys|bas|cris|diagnos|thes)es$/i, '$1is'],
  [/([^aeiou])ies$/i, '$1y'],
  [/(ss|sh|ch|x|z|status|alias|bus)es$/i, '$1'],
  [/(ss|us|is)$/i, '$1'],
  [/s$/i, ''],
];

/** The interface of a table's rows: `order_items` is `OrderItem`. */
export function interfaceName(table: string): string {
  const words = wordsOf(table);
  const last = words.length - 1;
  return identifier(words.map((word, index) => capitalize(index === last ? singular(word) : word)).join(''), 'Table');
}

/** The constant of a table: `order_items` is `orderItems`. */
export function constantName(table: string): string {
  const [first = '', ...rest] = wordsOf(table);
  const name = identifier(first.charAt(0).toLowerCase() + first.slice(1) + rest.map(capitalize).join(''), 'table');
  return RESERVED.has(name) ? `${name}Table` : name;
}

/** The name, or the name with the first number from 2 on that makes it new; added to those taken. */
export function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let number = 2; taken.has(unique); number++) unique = `${name}${number}`;
  taken.add(unique);
  return unique;
}

function singular(word: string): string {
  const rule = PLURALS.find(([ending]) => ending.test(word));
  return rule === undefined ? word : word.replace(rule[0], rule[1]);
}

function wordsOf(table: string): string[] {
  return table.split(/[^\p{L}\p{N}$]+/u).filter((word) => word !== '');
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function identifier(name: string, fallback: string): string {
  if (name === '') return fallback;
  return /^\p{N}/u.test(name) ? `${fallback}${name}` : name;
}
