import { type Command, Option as CommandOption } from 'commander';
import { describeAllowed, describeDefault, optionSchema } from '../config/option-messages.ts';
import { environmentName, flagName, parseOptionText, readEnvironment } from '../config/option-text.ts';
import type { Option, OptionDeclarations, OptionGroup, OptionInput } from '../config/option.ts';

/** Variables of the environment, by name. */
export type Environment = Readonly<{ [name: string]: string | undefined }>;

/** A flag of the command line that is made of a declared option: its name, text and help come from there. */
class DeclaredOption extends CommandOption {
  readonly #name: string;

  constructor(name: string, declared: Option<unknown>) {
    const flag = flagName(name, declared);
    super(`${flag} <${placeholder(declared)}>`, describe(name, declared));
    this.#name = name;
    this.argParser((text) => parseOptionText(flag, declared, text));
  }

  override attributeName(): string {
    return this.#name;
  }
}

/** Some options of a group: what a command takes. */
export type OptionNames<O extends OptionDeclarations> = readonly (keyof O & string)[];

/** Adds the flags of a group's options to a command: of all, or of those named. */
export function addDeclaredOptions<O extends OptionDeclarations>(
  command: Command,
  group: OptionGroup<O>,
  names: OptionNames<O> = Object.keys(group.options),
): void {
  const heading = `Options (${group.name}):`;
  for (const name of names) {
    command.addOption(new DeclaredOption(name, group.options[name] as Option<unknown>).helpGroup(heading));
  }
}

/**
 * What the environment and the flags say about a group; flags win. What neither says is absent, and only options that the
 * command has are looked at. Throws CONFIG_INVALID for a variable whose text is not of its option's type.
 */
export function readDeclaredOptions<O extends OptionDeclarations>(
  command: Command,
  group: OptionGroup<O>,
  environment: Environment,
): OptionInput<OptionGroup<O>> {
  const flags: Readonly<{ [name: string]: unknown }> = command.optsWithGlobals();
  const values = { ...readEnvironment(group, environment) };
  for (const name of Object.keys(group.options)) if (flags[name] !== undefined) values[name] = flags[name];
  return values as OptionInput<OptionGroup<O>>;
}

function describe(name: string, declared: Option<unknown>): string {
  const isChoice = optionSchema(declared).enum !== undefined;
  const facts = [
    ...(isChoice || declared.allows !== undefined ? [describeAllowed(declared)] : []),
    ...(Object.hasOwn(declared, 'default') ? [`default ${describeDefault(declared)}`] : []),
    `env ${environmentName(name)}`,
  ];
  return `${declared.description} (${facts.join(', ')})`;
}

function placeholder(declared: Option<unknown>): string {
  if (declared.unit === 'ms') return 'duration';
  if (declared.unit === 'bytes') return 'size';
  const { type, enum: allowed, anyOf } = optionSchema(declared);
  if (allowed !== undefined) return 'choice';
  const isNumber = [{ type }, ...(anyOf ?? [])].some((schema) => schema.type === 'integer' || schema.type === 'number');
  return isNumber ? 'number' : 'text';
}
