import { MillraceError } from '../../../core/millrace-error.ts';
import type { AvroBytes } from '../avro/avro-bytes.ts';
import type { ConnectSchema } from './connect-schema.ts';

/** A place in a JSON text that has no spaces, and its members in the order of its schema: as the format writes it. */
export interface TextPlace {
  readonly text: string;
  at: number;
}

/** Writes the value at the place, and leaves the place behind it. Throws MYSQL_VALUE_UNREPRESENTABLE. */
export type ConnectAvroWriter = (to: AvroBytes, from: TextPlace) => void;

const MAX_LONG = 2n ** 63n - 1n;
const SAFE_DIGITS = 15;
const NULL = 'null';

/** The writer of a schema, put together once: values are written as they are met, with nothing made of them between. */
export function connectAvroWriter(schema: ConnectSchema): ConnectAvroWriter {
  const write = requiredWriter(schema);
  if (!schema.optional) return write;
  const nullBranch = schema.default === undefined ? 0 : 1;
  return (to, from) => {
    if (from.text.startsWith(NULL, from.at)) {
      from.at += NULL.length;
      to.long(nullBranch);
    } else {
      to.long(1 - nullBranch);
      write(to, from);
    }
  };
}

function requiredWriter(schema: ConnectSchema): ConnectAvroWriter {
  switch (schema.type) {
    case 'struct':
      return structWriter(schema);
    case 'array':
      return arrayWriter(schema);
    case 'string':
      return (to, from) => to.string(takeString(from));
    case 'bytes':
      return (to, from) => to.bytes(Buffer.from(takeString(from), 'base64'));
    case 'boolean':
      return (to, from) => to.boolean(takeLiteral(from) === 'true');
    case 'float':
      return (to, from) => to.float(Number(takeLiteral(from)));
    case 'double':
      return (to, from) => to.double(Number(takeLiteral(from)));
    default:
      return (to, from) => writeInteger(to, takeLiteral(from));
  }
}

function structWriter({ fields = [] }: ConnectSchema): ConnectAvroWriter {
  const members = fields.map((field, index) => ({
    label: `${index === 0 ? '{' : ','}${JSON.stringify(field.field)}:`,
    write: connectAvroWriter(field),
  }));
  return (to, from) => {
    for (const { label, write } of members) {
      pass(from, label);
      write(to, from);
    }
    pass(from, members.length === 0 ? '{}' : '}');
  };
}

function arrayWriter({ items }: ConnectSchema): ConnectAvroWriter {
  const write = connectAvroWriter(items as ConnectSchema);
  return (to, from) => {
    pass(from, '[');
    // A block for each item: how many there are is not known before.
    while (from.text[from.at] !== ']') {
      to.long(1);
      write(to, from);
      if (from.text[from.at] === ',') from.at++;
    }
    from.at++;
    to.long(0);
  };
}

function writeInteger(to: AvroBytes, digits: string): void {
  if (digits.length <= SAFE_DIGITS) {
    to.long(Number(digits));
    return;
  }
  const wide = BigInt(digits);
  if (wide > MAX_LONG) {
    throw new MillraceError(
      'MYSQL_VALUE_UNREPRESENTABLE',
      'Expected an unsigned integer below 2^63, which is all that a long of Avro can hold, got a larger one: set bigint.unsigned.handling.mode to precise',
    );
  }
  to.wideLong(wide);
}

function takeLiteral(from: TextPlace): string {
  const { text, at } = from;
  let end = at;
  while (end < text.length && !isEnd(text.charCodeAt(end))) end++;
  from.at = end;
  return text.slice(at, end);
}

/** A comma, or what closes an array or an object. */
function isEnd(code: number): boolean {
  return code === 0x2c || code === 0x7d || code === 0x5d;
}

function takeString(from: TextPlace): string {
  const { text, at } = from;
  let end = text.indexOf('"', at + 1);
  let isPlain = true;
  for (let index = text.indexOf('\\', at + 1); index >= 0 && index < end; index = text.indexOf('\\', index)) {
    isPlain = false;
    index += 2;
    // A quote that is escaped ends nothing.
    if (end < index) end = text.indexOf('"', index);
  }
  from.at = end + 1;
  return isPlain ? text.slice(at + 1, end) : (JSON.parse(text.slice(at, end + 1)) as string);
}

function pass(from: TextPlace, expected: string): void {
  if (!from.text.startsWith(expected, from.at)) {
    throw new MillraceError('INTERNAL', `Expected ${expected} at ${from.at} of an event, got something else`);
  }
  from.at += expected.length;
}
