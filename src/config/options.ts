import { MillraceError } from '../core/millrace-error.ts';
import { nearestName } from '../core/nearest-name.ts';
import { describeAllowed, describeGot } from './option-messages.ts';
import type { Option, OptionDeclarations, OptionGroup, OptionInput, OptionValues } from './option.ts';

/**
 * The values of a group, frozen: what is given, checked, and the defaults of the rest.
 * Throws CONFIG_INVALID for a name that is not of the group (with the nearest that is), for a value that is not allowed and
 * for an option without default that is not given.
 */
export function parseOptions<O extends OptionDeclarations>(
  group: OptionGroup<O>,
  given: OptionInput<OptionGroup<O>>,
): OptionValues<OptionGroup<O>> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(group.options, name))
      throw unknownName(`option of ${group.name}`, name, Object.keys(group.options));
  }
  const values: { [name: string]: unknown } = {};
  for (const [name, declared] of Object.entries(group.options)) {
    values[name] = parseOption(name, declared, (given as { readonly [name: string]: unknown })[name]);
  }
  return Object.freeze(values) as OptionValues<OptionGroup<O>>;
}

/** The error of a name that nothing has, with the nearest that something has. */
export function unknownName(kind: string, name: string, known: readonly string[]): MillraceError {
  const nearest = nearestName(name, known);
  const hint = nearest === null ? `known are ${known.join(', ')}` : `did you mean \`${nearest}\`?`;
  return new MillraceError('CONFIG_INVALID', `Expected an ${kind}, got \`${name}\`: ${hint}`);
}

function parseOption(name: string, declared: Option<unknown>, given: unknown): unknown {
  if (given === undefined && Object.hasOwn(declared, 'default')) return declared.default;
  const parsed = declared.type.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected \`${name}\` to be ${describeAllowed(declared)}, got ${describeGot(declared, given)}`,
  );
}
