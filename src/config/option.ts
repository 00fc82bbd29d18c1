import type { z } from 'zod';

/** One option: everything that is known about it is said here, once. */
export interface Option<T> {
  /** What values it allows. */
  readonly type: z.ZodType<T>;
  /** The value when it is not given. An option without one must be given. */
  readonly default?: NoInfer<T>;
  /** What its number counts. It decides how text is read: `ms` as a duration (`30s`), `bytes` as a size (`64MiB`). */
  readonly unit?: 'ms' | 'bytes' | 'records' | 'partitions' | 'threads' | 'replicas';
  /** What it does, in sentences. */
  readonly description: string;
  /** What it allows, in words, where the type cannot say it: `a URL such as mysql://user:password@host:3306`. */
  readonly allows?: string;
  /** The command line's name for it where the derived one is too long, without dashes. */
  readonly flag?: string;
  /** Its value is a credential or holds one: never shown. */
  readonly secret?: boolean;
}

/** Options by name. */
export type OptionDeclarations = Readonly<{ [name: string]: Option<unknown> }>;

/** Options that belong together. */
export interface OptionGroup<O extends OptionDeclarations> {
  /** What messages call it: `application`. */
  readonly name: string;
  readonly description: string;
  readonly options: O;
}

/** The parsed values of a group. */
export type OptionValues<G> =
  G extends OptionGroup<infer O> ? { readonly [N in keyof O]: O[N] extends Option<infer T> ? T : never } : never;

/** What a user may give for a group: undefined counts as not given. */
export type OptionInput<G> = { readonly [N in keyof OptionValues<G>]?: OptionValues<G>[N] | undefined };

/** Declares an option. */
export function option<T>(declaration: Option<T>): Option<T> {
  return Object.freeze(declaration);
}

/** Declares a group of options. */
export function optionGroup<O extends OptionDeclarations>(group: OptionGroup<O>): OptionGroup<O> {
  return Object.freeze(group);
}
