import { parseBytes } from '../core/bytes.ts';
import { parseDuration } from '../core/duration.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { describeAllowed, describeGot, type OptionSchema, optionSchema } from './option-messages.ts';
import type { Option, OptionDeclarations, OptionGroup } from './option.ts';
import { unknownName } from './options.ts';

const ENVIRONMENT_PREFIX = 'MILLRACE_';

/** `commitIntervalMs` in the environment: `MILLRACE_COMMIT_INTERVAL_MS`. */
export function environmentName(option: string): string {
  return ENVIRONMENT_PREFIX + words(option).join('_').toUpperCase();
}

/** `commitIntervalMs` on the command line: `--commit-interval`. The unit at its end is left out, for the value says it. */
export function flagName(option: string, declared: Option<unknown>): string {
  if (declared.flag !== undefined) return `--${declared.flag}`;
  const parts = words(option);
  if (declared.unit === 'ms' || declared.unit === 'bytes') parts.pop();
  return `--${parts.join('-')}`;
}

/**
 * The value that a text of the environment or the command line means. `source` is what the message calls it: the
 * variable's or the flag's name. Throws CONFIG_INVALID if the text is not of the option's type.
 */
export function parseOptionText(source: string, declared: Option<unknown>, text: string): unknown {
  const value = valueOf(declared, text);
  const parsed = declared.type.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected \`${source}\` to be ${describeAllowed(declared)}, got ${describeGot(declared, text)}`,
  );
}

/**
 * What the environment says about a group, by option; options it says nothing about are absent. An empty variable counts
 * as unset. Throws CONFIG_INVALID as `parseOptionText` does.
 */
export function readEnvironment(
  group: OptionGroup<OptionDeclarations>,
  environment: Readonly<{ [name: string]: string | undefined }>,
): { [option: string]: unknown } {
  const values: { [option: string]: unknown } = {};
  for (const [name, declared] of Object.entries(group.options)) {
    const variable = environmentName(name);
    const text = environment[variable];
    if (text !== undefined && text !== '') values[name] = parseOptionText(variable, declared, text);
  }
  return values;
}

/** Throws CONFIG_INVALID for a variable that starts with `MILLRACE_` and is no option of these groups. */
export function rejectUnknownVariables(
  groups: readonly OptionGroup<OptionDeclarations>[],
  environment: Readonly<{ [name: string]: string | undefined }>,
): void {
  const known = groups.flatMap((group) => Object.keys(group.options)).map(environmentName);
  for (const name of Object.keys(environment)) {
    if (name.startsWith(ENVIRONMENT_PREFIX) && !known.includes(name))
      throw unknownName('environment variable', name, known);
  }
}

/** `fetchMaxBytes` is `fetch`, `max`, `bytes`. */
function words(option: string): string[] {
  return option.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

/** Text that cannot be of the type stays text, which the type then refuses. */
function valueOf(declared: Option<unknown>, text: string): unknown {
  if (declared.unit === 'ms') return parseDuration(text) ?? text;
  if (declared.unit === 'bytes') return parseBytes(text) ?? text;
  const schemas: readonly OptionSchema[] = optionSchema(declared).anyOf ?? [optionSchema(declared)];
  const types = schemas.map((schema) => schema.type);
  if (types.includes('null') && text === 'none') return null;
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if ((types.includes('integer') || types.includes('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}
