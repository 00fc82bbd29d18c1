import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { BigintReading } from '../json-integers.ts';
import { json } from '../json-serde.ts';
import { RegistrySerde } from '../registry/registry-serde.ts';
import type { ResolvedSchema, SchemaReader } from '../registry/schema-language.ts';
import type { Serde, SerdeUse } from '../serde.ts';
import { AvroLanguage } from './avro-language.ts';
import { COLUMN_ATTRIBUTE } from './avro-names.ts';

/**
 * Rows of captured tables, whether the source writes JSON or Avro: the first byte tells, for no JSON begins with the zero of
 * the registry's wire format. A row is the same either way, read by the schema that it was written by.
 *
 * What a program makes of rows is written as JSON, so that it needs no schema; `outside` is for topics that others read,
 * which are JSON whatever the source writes. Without a registry Avro is SCHEMA_REGISTRY_MISSING.
 */
export function capturedRow<T>({ bigint = 'error' }: { readonly bigint?: BigintReading } = {}): Serde<T> {
  return new CapturedRowSerde<T>(bigint);
}

class CapturedRowSerde<T> implements Serde<T> {
  readonly name: string;
  readonly isRegistryOptional = true;
  readonly outside: Serde<T>;
  readonly #json: Serde<T>;
  readonly #avro: RegistrySerde<T>;

  constructor(bigint: BigintReading) {
    this.#json = json<T>({ bigint });
    this.#avro = new RegistrySerde<T>(new WrittenRows<T>(bigint), '"null"');
    this.name = this.#json.name;
    this.outside = new OutsideSerde(this, this.#json);
  }

  open(use: SerdeUse): MaybePromise<void> {
    return use.registry === null ? undefined : this.#avro.open({ ...use, writes: false });
  }

  prepare(bytes: Buffer): Promise<void> | undefined {
    return bytes[0] === 0 ? this.#avro.prepare(bytes) : undefined;
  }

  serialize(value: T): Buffer {
    return this.#json.serialize(value);
  }

  deserialize(bytes: Buffer): T {
    return bytes[0] === 0 ? this.#avro.deserialize(bytes) : this.#json.deserialize(bytes);
  }
}

/** JSON; rows that came as JSON are written as they came. */
class OutsideSerde<T> implements Serde<T> {
  readonly name: string;
  readonly #rows: Serde<T>;
  readonly #json: Serde<T>;

  constructor(rows: Serde<T>, jsonSerde: Serde<T>) {
    this.name = jsonSerde.name;
    this.#rows = rows;
    this.#json = jsonSerde;
  }

  serialize(value: T): Buffer {
    return this.#json.serialize(value);
  }

  deserialize(bytes: Buffer): T {
    return this.#json.deserialize(bytes);
  }

  takes(bytes: Buffer, serde: Serde<unknown>): boolean {
    return serde === this.#rows && bytes[0] !== 0;
  }
}

/** Reads rows by nothing but the schema that they were written by, with the columns' own names. */
class WrittenRows<T> extends AvroLanguage<T> {
  override reader(_wanted: ResolvedSchema, written: ResolvedSchema): SchemaReader<T> {
    const read = super.reader(written, written);
    const renamed = renamedColumns(written.schema);
    if (renamed.size === 0) return read;
    return (bytes, offset) => {
      const row = Object.entries(read(bytes, offset) as object);
      return Object.fromEntries(row.map(([name, value]) => [renamed.get(name) ?? name, value as unknown])) as T;
    };
  }
}

/** Columns whose names Avro does not allow, by the names of their fields. */
function renamedColumns(schema: string): ReadonlyMap<string, string> {
  const { fields = [] } = JSON.parse(schema) as {
    readonly fields?: readonly { readonly name: string; readonly [COLUMN_ATTRIBUTE]?: string }[];
  };
  return new Map(
    fields.flatMap(({ name, [COLUMN_ATTRIBUTE]: column }) => (column === undefined ? [] : [[name, column] as const])),
  );
}
