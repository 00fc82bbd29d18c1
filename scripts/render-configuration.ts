import { describeAllowed, describeDefault } from '../src/config/option-messages.ts';
import { optionGroups } from '../src/config/option-groups.ts';
import { environmentName, flagName } from '../src/config/option-text.ts';
import type { Option, OptionDeclarations, OptionGroup } from '../src/config/option.ts';

/** `docs/configuration.md`: every option with its names, default and what it allows. */
export function renderConfiguration(): string {
  return [
    '# Configuration\n',
    'Made by `npm run docs` from `src/config/`; do not edit.\n',
    'An option is given in code by its name, in the environment by its variable, or on the command line by its flag; the command line wins over the environment. In both, durations have a unit (`500ms`, `30s`, `5min`, `2h`, `7d`), sizes too (`64MiB`, `1GiB`), and `none` stands for null. In code they are numbers of milliseconds and bytes, as their names say. A name that is not known is an error.\n',
    ...optionGroups.map(renderGroup),
  ].join('\n');
}

function renderGroup(group: OptionGroup<OptionDeclarations>): string {
  const title = group.name.charAt(0).toUpperCase() + group.name.slice(1);
  const options = Object.entries(group.options).map(([name, declared]) => renderOption(name, declared));
  return [`## ${title}\n`, `${group.description}\n`, ...options].join('\n');
}

function renderOption(name: string, declared: Option<unknown>): string {
  return [
    `### ${name}\n`,
    `${declared.description}${declared.secret === true ? ' It holds a credential and is never shown.' : ''}\n`,
    '| flag | variable | default | allows |',
    '|---|---|---|---|',
    `| \`${flagName(name, declared)}\` | \`${environmentName(name)}\` | ${code(describeDefault(declared))} | ${describeAllowed(declared)} |\n`,
  ].join('\n');
}

function code(text: string): string {
  return text.includes(' ') ? text : `\`${text}\``;
}
