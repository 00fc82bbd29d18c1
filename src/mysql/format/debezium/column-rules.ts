import { createHash } from 'node:crypto';
import { javaStringBytes } from './java-string-bytes.ts';

/** What becomes of a column's text in values; keys are never changed. */
export type TextRule = MaskRule | TruncateRule | HashRule;

/** `column.mask.with.N.chars`: so many asterisks, whatever was there, NULL included. */
export interface MaskRule {
  readonly kind: 'mask';
  readonly characters: number;
}

/** `column.truncate.to.N.chars` */
export interface TruncateRule {
  readonly kind: 'truncate';
  readonly characters: number;
}

/** `column.mask.hash[.v2].ALGORITHM.with.salt.SALT`. v1 hashes the text as Java serializes it, v2 its UTF-8 bytes. */
export interface HashRule {
  readonly kind: 'hash';
  readonly version: 1 | 2;
  /** As Node names it: `sha256`. */
  readonly algorithm: string;
  readonly salt: string;
}

/** What the configuration says of columns, by their full names `database.table.column`. */
export interface ColumnRules {
  /** Whether the column is in values. */
  isIncluded(column: string): boolean;
  ruleOf(column: string): TextRule | undefined;
}

/** Parameters that the rule adds to the schema of its field. */
export function ruleParameters(rule: TextRule): { readonly [name: string]: string } {
  return rule.kind === 'truncate' ? { truncateLength: String(rule.characters) } : { masked: 'true' };
}

/** Changes a text by a rule; `maxCharacters` is the length of the column, which a hash is cut to. 0 is none. */
export function textChange(rule: TextRule, maxCharacters: number): (text: string | null) => string | null {
  switch (rule.kind) {
    case 'mask': {
      const mask = '*'.repeat(rule.characters);
      return () => mask;
    }
    case 'truncate':
      return (text) => text?.slice(0, rule.characters) ?? null;
    case 'hash':
      return (text) => {
        if (text === null) return null;
        const bytes = rule.version === 1 ? javaStringBytes(text) : Buffer.from(text);
        const hash = createHash(rule.algorithm).update(rule.salt).update(bytes).digest('hex');
        return maxCharacters > 0 ? hash.slice(0, maxCharacters) : hash;
      };
  }
}
