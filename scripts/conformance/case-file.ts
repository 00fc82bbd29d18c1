import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [field: string]: Json;
}

/** The key of a window's row as the cases write it. `end` is null for unlimited windows. */
export interface WindowedKey {
  readonly key: string;
  readonly start: number;
  readonly end: number | null;
}

/** A key; null where a record has none. */
export type CaseKey = string | WindowedKey | null;

/** One operator of a program: what it is called (`op`), the operands it names, and its own fields. */
export interface Step extends JsonObject {
  readonly op: string;
}

/** A record of a case. Headers are absent where it has none; so is the timestamp nowhere. */
export interface CaseRecord {
  readonly topic: string;
  readonly key: CaseKey;
  readonly value: Json;
  readonly timestamp: number;
  readonly headers?: { readonly [name: string]: string };
}

/** A record to pipe, or a move of the wall clock. */
export type CaseInput = CaseRecord | { readonly advanceWallClockMs: number };

/** A program, what goes in, and what Kafka Streams made of it. */
export interface ConformanceCase {
  readonly name: string;
  readonly description: string;
  readonly topology: readonly Step[];
  readonly inputs: readonly CaseInput[];
  /** By topic; within a topic in the order of arrival. */
  readonly outputs: readonly CaseRecord[];
  /** The index of the input that each output came out at. */
  readonly outputCauses?: readonly number[];
  /** The input that fails the task; nothing comes out from it on. */
  readonly error?: { readonly input: number };
}

/** Reads every `*.json` of a folder, by file name. */
export function readCases(folder: string): readonly ConformanceCase[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceCase);
}
