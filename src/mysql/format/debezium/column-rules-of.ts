import { getHashes } from 'node:crypto';
import { MillraceError } from '../../../core/millrace-error.ts';
import type { ColumnRules, TextRule } from './column-rules.ts';
import { NameList, nameFilter } from './name-list.ts';

const MASK = /^column\.mask\.with\.(.*)\.chars$/;
const TRUNCATE = /^column\.truncate\.to\.(.*)\.chars$/;
const HASH = /^column\.mask\.hash\.(v2\.)?(.*?)\.with\.salt\.(.*)$/;

/** What a connector's configuration says of columns. Throws CONFIG_INVALID. */
export function columnRulesOf(settings: Readonly<{ [key: string]: string }>): ColumnRules {
  const isIncluded = nameFilter(settings, 'column');
  const rules = Object.entries(settings).flatMap(([key, value]) => {
    const rule = ruleOf(key);
    return rule === undefined ? [] : [{ rule, columns: new NameList(value, key) }];
  });
  return { isIncluded, ruleOf: (column) => rules.find(({ columns }) => columns.matches(column))?.rule };
}

function ruleOf(key: string): TextRule | undefined {
  const mask = MASK.exec(key)?.[1];
  if (mask !== undefined) return { kind: 'mask', characters: count(key, mask) };
  const truncate = TRUNCATE.exec(key)?.[1];
  if (truncate !== undefined) return { kind: 'truncate', characters: count(key, truncate) };
  const [, v2, algorithm, salt] = HASH.exec(key) ?? [];
  if (algorithm === undefined || salt === undefined) return undefined;
  return { kind: 'hash', version: v2 === undefined ? 1 : 2, algorithm: hashName(key, algorithm), salt };
}

function count(key: string, text: string): number {
  const characters = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(characters)) return characters;
  throw new MillraceError('CONFIG_INVALID', `Expected \`${key}\` to have a number of characters, got ${text}`);
}

/** Java's `SHA-256` is Node's `sha256`. */
function hashName(key: string, algorithm: string): string {
  const name = algorithm
    .toLowerCase()
    .replace(/^sha-(?=\d)/, 'sha')
    .replace('/', '-');
  if (getHashes().includes(name)) return name;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected \`${key}\` to have a hash function that is known, got ${algorithm}`,
  );
}
