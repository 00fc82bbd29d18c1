import { MillraceError } from '../../core/millrace-error.ts';
import { type BigintReading, mayHoldUnsafeInteger } from '../json-integers.ts';
import { readJson, writeJson } from '../json-text.ts';
import type { ResolvedSchema, SchemaLanguage, SchemaReader, SchemaWriter } from '../registry/schema-language.ts';
import { type JsonSchemaCheck, jsonSchemaCheck } from './json-schema-check.ts';
import { parsedJsonSchema } from './parsed-json-schema.ts';

/** JSON Schema with these settings. Checks are compiled once for each schema. */
export class JsonSchemaLanguage<T> implements SchemaLanguage<T> {
  readonly type = 'JSON';
  readonly #bigint: BigintReading;
  readonly #readings = new Map<string, JsonSchemaCheck>();

  constructor(bigint: BigintReading) {
    this.#bigint = bigint;
  }

  nameOf(schema: ResolvedSchema): string | null {
    this.#reading(schema);
    const root = parsedJsonSchema(schema.schema);
    return typeof root === 'object' && typeof root['title'] === 'string' ? root['title'] : null;
  }

  writer(schema: ResolvedSchema): SchemaWriter<T> {
    const check = jsonSchemaCheck(schema, { setsDefaults: false });
    return (value, offset) => {
      const text = writeJson(value, this.#bigint);
      // What is more than a number holds is checked as the number next to it.
      const misfit = check(holdsBigint(value) ? JSON.parse(text) : value);
      if (misfit !== null) {
        throw new MillraceError('SERIALIZATION_FAILED', `Expected a value that fits the JSON Schema, got ${misfit}`);
      }
      const bytes = Buffer.allocUnsafe(offset + Buffer.byteLength(text));
      bytes.write(text, offset);
      return bytes;
    };
  }

  /** What was written is JSON whatever its schema was: it is to fit the wanted one, with the defaults of what is absent. */
  reader(wanted: ResolvedSchema): SchemaReader<T> {
    const check = this.#reading(wanted);
    return (bytes, offset) => {
      const body = bytes.subarray(offset);
      const value = readJson(body, this.#bigint);
      const isExact = this.#bigint === 'error' || !mayHoldUnsafeInteger(body);
      const checked: unknown = isExact ? value : JSON.parse(body.toString());
      const misfit = check(checked);
      if (misfit === null) return (isExact ? value : withExact(checked, value)) as T;
      throw new MillraceError('DESERIALIZATION_FAILED', `Expected a value that fits the JSON Schema, got ${misfit}`);
    };
  }

  #reading(schema: ResolvedSchema): JsonSchemaCheck {
    const key = JSON.stringify([schema.schema, schema.references]);
    let check = this.#readings.get(key);
    if (check === undefined) {
      check = jsonSchemaCheck(schema, { setsDefaults: true });
      this.#readings.set(key, check);
    }
    return check;
  }
}

/** The checked value, with defaults, and with the integers that a number does not hold as they were read. */
function withExact(checked: unknown, exact: unknown): unknown {
  if (typeof checked !== 'object' || checked === null || typeof exact !== 'object' || exact === null) {
    return exact ?? checked;
  }
  for (const [name, member] of Object.entries(exact)) {
    (checked as { [name: string]: unknown })[name] = withExact((checked as { [name: string]: unknown })[name], member);
  }
  return checked;
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const name in value) if (holdsBigint((value as { readonly [name: string]: unknown })[name])) return true;
  return false;
}
