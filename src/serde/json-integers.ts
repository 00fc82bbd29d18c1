/**
 * Integers in JSON text, exactly.
 *
 * An integer literal is one without fraction and exponent; it is unsafe outside ±(2^53 − 1). Only a literal of 16 digits or
 * more can be unsafe, so a record without such a run of digits is left to plain `JSON.parse`.
 */

/** What an unsafe integer literal becomes: an error, its digits as a string, or a bigint. */
export type BigintReading = 'error' | 'string' | 'bigint';

const FIRST_UNSAFE_LENGTH = 16;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * Whether the text may hold an unsafe integer literal. Never wrong when it says no; a yes may come from digits in a string
 * or a fraction. Looks at every 16th byte only, as a run of 16 digits cannot hide between them.
 */
export function mayHoldUnsafeInteger(bytes: Buffer): boolean {
  const length = bytes.length;
  for (let index = FIRST_UNSAFE_LENGTH - 1; index < length; index += FIRST_UNSAFE_LENGTH) {
    if (isDigit(bytes[index] as number) && isLongRun(bytes, index)) return true;
  }
  return false;
}

/** Where in the text the first unsafe integer literal starts, in UTF-16 units; −1 if there is none. The text is valid JSON. */
export function findUnsafeInteger(text: string): number {
  let index = 0;
  while (index < text.length) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) {
      index = endOfString(text, index);
    } else if (unit === 0x2d || (unit >= DIGIT_0 && unit <= DIGIT_9)) {
      const end = endOfNumber(text, index);
      if (isUnsafeInteger(text.slice(index, end))) return index;
      index = end;
    } else {
      index++;
    }
  }
  return -1;
}

/** Reads JSON with every unsafe integer literal as its digits or as a bigint. Throws what `JSON.parse` throws. */
export function parseExactly(text: string, reading: 'string' | 'bigint'): unknown {
  const exactly = (_name: string, value: unknown, context: { source?: string }): unknown => {
    if (typeof value !== 'number' || context.source === undefined || !isUnsafeInteger(context.source)) return value;
    return reading === 'string' ? context.source : BigInt(context.source);
  };
  return JSON.parse(text, exactly as (name: string, value: unknown) => unknown);
}

/**
 * Writes JSON with every bigint as its digits, and with the numbers that `JSON.stringify` would change or make look like
 * an unsafe integer (−0, 1e17) as the doubles they are.
 */
export function stringifyExactly(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return rawJson(member.toString());
    if (typeof member !== 'number') return member;
    if (Object.is(member, -0)) return rawJson('-0');
    return Math.abs(member) > Number.MAX_SAFE_INTEGER ? rawJson(member.toExponential()) : member;
  });
}

/** `JSON.rawJSON`, which every supported Node has and TypeScript's ES2024 library does not know. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

/** Sixteen digits with a first digit below 9 are below 2^53 (9007199254740992) whatever stands around them. */
function isLongRun(bytes: Buffer, inside: number): boolean {
  let start = inside;
  while (start > 0 && isDigit(bytes[start - 1] as number)) start--;
  let end = inside + 1;
  while (end < bytes.length && isDigit(bytes[end] as number)) end++;
  const digits = end - start;
  return digits > FIRST_UNSAFE_LENGTH || (digits === FIRST_UNSAFE_LENGTH && bytes[start] === DIGIT_9);
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

function isUnsafeInteger(literal: string): boolean {
  return literal.length >= FIRST_UNSAFE_LENGTH && /^-?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal));
}

function endOfString(text: string, quote: number): number {
  let index = quote + 1;
  while (text.charCodeAt(index) !== 0x22) index += text.charCodeAt(index) === 0x5c ? 2 : 1;
  return index + 1;
}

function endOfNumber(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && /[\d.eE+-]/.test(text.charAt(index))) index++;
  return index;
}
