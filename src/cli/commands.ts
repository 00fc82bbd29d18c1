import { Argument, type Command, Option } from 'commander';
import { applicationOptions } from '../config/application-options.ts';
import { embeddedBrokerOptions } from '../config/embedded-broker-options.ts';
import { kafkaOptions } from '../config/kafka-options.ts';
import type { LoggingOptions } from '../config/logging-options.ts';
import { mysqlOptions } from '../config/mysql-options.ts';
import { schemaRegistryOptions } from '../config/schema-registry-options.ts';
import { serverOptions } from '../config/server-options.ts';
import type { Logger } from '../core/logger.ts';
import { systemClock } from '../core/clock.ts';
import { parseDuration } from '../core/duration.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { ResetTarget } from '../runtime/reset-application.ts';
import { addDeclaredOptions, type Environment, readDeclaredOptions } from './declared-option.ts';
import { type DescribeFormat, describeFormats } from './commands/describe-formats.ts';
import type { ExitCode } from './exit-code.ts';
import type { ResetOptions } from './commands/reset-command.ts';
import { type SnapshotAction, snapshotActions } from './commands/snapshot-actions.ts';

/** What commands need of the command line around them. */
export interface CommandSurroundings {
  readonly environment: Environment;
  /** Writes results to standard output. */
  print(text: string): void;
  /** Says what to end with when nothing was thrown; 0 unless it is said. */
  onExitCode(exitCode: ExitCode): void;
  /** How a command is to log. */
  loggingOf(command: Command): LoggingOptions;
  loggerOf(command: Command): Logger;
}

const RESNAPSHOT =
  'MySQL tables (database.table, separated by commas, or all) to take a new snapshot of at this start, after one was dropped and made again, truncated or given another key; all of them also after the binlog was purged, or on another server';

const FILES = ['<topology...>', 'topology files, TypeScript or JavaScript'] as const;

/** Adds every command. What a command runs is imported when it runs, so that help is there at once. */
export function addCommands(program: Command, surroundings: CommandSurroundings): void {
  addRun(program, surroundings);
  addDescribe(program, surroundings);
  addStatus(program, surroundings);
  addReset(program, surroundings);
  addRegistry(program, surroundings);
  addSchemaCheck(program, surroundings);
  const mysql = program.command('mysql').description('Look at a MySQL server.');
  addMysqlRun(mysql, surroundings);
  addMysqlPull(mysql, surroundings);
  addMysqlDoctor(mysql, surroundings);
  addMysqlStatus(mysql, surroundings);
  addMysqlSnapshot(mysql, surroundings);
}

function addRun(program: Command, { environment, loggerOf }: CommandSurroundings): void {
  const command = program
    .command('run')
    .description(
      'Run topologies until Ctrl-C, on a Kafka cluster or the embedded broker, and, where they read MySQL tables, with the MySQL source.',
    )
    .argument(...FILES);
  addDeclaredOptions(command, applicationOptions);
  addDeclaredOptions(command, embeddedBrokerOptions);
  addDeclaredOptions(command, kafkaOptions);
  addDeclaredOptions(command, mysqlOptions, captureOptionNames());
  addDeclaredOptions(command, schemaRegistryOptions);
  addDeclaredOptions(command, serverOptions);
  command.option('--resnapshot <tables>', RESNAPSHOT, toNames, []);
  command.action(async (files: readonly string[], { resnapshot }: { resnapshot: readonly string[] }) => {
    const { runCommand } = await import('./commands/run-command.ts');
    const options = {
      application: readDeclaredOptions(command, applicationOptions, environment),
      broker: readDeclaredOptions(command, embeddedBrokerOptions, environment),
      kafka: readDeclaredOptions(command, kafkaOptions, environment),
      mysql: readDeclaredOptions(command, mysqlOptions, environment),
      schemaRegistry: readDeclaredOptions(command, schemaRegistryOptions, environment),
      server: readDeclaredOptions(command, serverOptions, environment),
      resnapshot,
    };
    await runCommand(files, options, loggerOf(command));
  });
}

/** The prefix of topics and how BIGINT columns come out are said by the descriptors of the tables. */
function captureOptionNames(): (keyof typeof mysqlOptions.options)[] {
  const names = Object.keys(mysqlOptions.options) as (keyof typeof mysqlOptions.options)[];
  return names.filter((name) => name !== 'topicPrefix' && name !== 'bigint');
}

function addDescribe(program: Command, { print }: CommandSurroundings): void {
  const format = new Option('--format <format>', 'how the graph is drawn').choices(describeFormats).default('text');
  program
    .command('describe')
    .description("Print the graph of topologies, as Kafka Streams' Topology#describe does or as a Mermaid flowchart.")
    .argument(...FILES)
    .addOption(format)
    .action(async (files: readonly string[], options: { format: DescribeFormat }) => {
      const { describeCommand } = await import('./commands/describe-command.ts');
      print(await describeCommand(files, options.format));
    });
}

function addStatus(program: Command, { environment, print }: CommandSurroundings): void {
  const format = new Option('--format <format>', 'how it is printed').choices(['text', 'json']).default('text');
  const command = program
    .command('status')
    .description('Say what all instances do: tasks, lag of each partition, restores with their ends, the MySQL source.')
    .option('--url <url>', 'the HTTP API of any instance', 'http://127.0.0.1:8080')
    .addOption(format);
  addDeclaredOptions(command, serverOptions, ['httpToken', 'httpTlsCa', 'httpForwardTimeoutMs']);
  command.action(async (flags: { url: string; format: 'text' | 'json' }) => {
    const { statusCommand } = await import('./commands/status-command.ts');
    const server = readDeclaredOptions(command, serverOptions, environment);
    print(await statusCommand({ url: flags.url, server, format: flags.format }));
  });
}

function addRegistry(program: Command, { environment, loggerOf }: CommandSurroundings): void {
  const command = program
    .command('registry')
    .description(
      "Serve the schema registry, with Confluent's REST API, until Ctrl-C. `run` does it too where it is needed.",
    );
  addDeclaredOptions(command, applicationOptions, ['dataDirectory']);
  addDeclaredOptions(command, embeddedBrokerOptions);
  addDeclaredOptions(command, kafkaOptions);
  addDeclaredOptions(command, schemaRegistryOptions, ownRegistryOptionNames());
  command.action(async () => {
    const { registryCommand } = await import('./commands/registry-command.ts');
    const options = {
      application: readDeclaredOptions(command, applicationOptions, environment),
      broker: readDeclaredOptions(command, embeddedBrokerOptions, environment),
      kafka: readDeclaredOptions(command, kafkaOptions, environment),
      schemaRegistry: readDeclaredOptions(command, schemaRegistryOptions, environment),
    };
    await registryCommand(options, loggerOf(command));
  });
}

function addSchemaCheck(program: Command, { environment, loggerOf, onExitCode, print }: CommandSurroundings): void {
  const command = program
    .command('schema')
    .description('Look at the schemas of topologies.')
    .command('check')
    .description(
      'Say whether the schemas that topologies write are compatible with those that are registered, before they run. Ends with 1 when one is not.',
    )
    .argument(...FILES);
  addDeclaredOptions(command, applicationOptions, ['dataDirectory']);
  addDeclaredOptions(command, kafkaOptions);
  addDeclaredOptions(command, schemaRegistryOptions, otherRegistryOptionNames());
  command.action(async (files: readonly string[]) => {
    const { schemaCheckCommand } = await import('./commands/schema-check-command.ts');
    const application = readDeclaredOptions(command, applicationOptions, environment);
    const schemaRegistry = readDeclaredOptions(command, schemaRegistryOptions, environment);
    const kafka = readDeclaredOptions(command, kafkaOptions, environment);
    const options = { application, kafka, schemaRegistry };
    const { text, isCompatible } = await schemaCheckCommand(files, options, loggerOf(command));
    print(text);
    onExitCode(isCompatible ? 0 : 1);
  });
}

/** What is said of another registry, which is not served here. */
function otherRegistryOptionNames(): (keyof typeof schemaRegistryOptions.options)[] {
  const names = Object.keys(schemaRegistryOptions.options) as (keyof typeof schemaRegistryOptions.options)[];
  return names.filter((name) => name !== 'schemaRegistryHost' && name !== 'schemaRegistryPort');
}

/** What is said of the own registry, not of another. */
function ownRegistryOptionNames(): (keyof typeof schemaRegistryOptions.options)[] {
  return ['schemaRegistryToken', 'schemaRegistryHost', 'schemaRegistryPort'];
}

function addReset(program: Command, { environment, loggerOf }: CommandSurroundings): void {
  const command = program
    .command('reset')
    .description(
      'Make topologies start over: delete their offsets, internal topics and state. They must not be running.',
    )
    .argument(...FILES)
    .option('--yes', 'delete without asking', false)
    .option('--output-topics', 'delete the topics too that they write to', false)
    .option(
      '--source',
      'delete the topics of their MySQL tables too, so that the next run takes a new snapshot; every application that reads these tables must then be reset',
      false,
    );
  command.option(
    '--to <where>',
    'begin at the earliest or latest records, at a time (2026-11-23T10:00:00Z) or so long ago (2h); by default where each source says',
    toResetTarget,
  );
  command.option('--dry-run', 'only say what would be done', false);
  addDeclaredOptions(command, applicationOptions, ['dataDirectory', 'storeBackend']);
  addDeclaredOptions(command, kafkaOptions);
  command.action(async (files: readonly string[], flags: Omit<ResetOptions, 'application' | 'kafka'>) => {
    const { resetCommand } = await import('./commands/reset-command.ts');
    const application = readDeclaredOptions(command, applicationOptions, environment);
    const kafka = readDeclaredOptions(command, kafkaOptions, environment);
    const { yes, outputTopics, source, to, dryRun } = flags;
    const options = { application, kafka, yes, outputTopics, source, to, dryRun };
    await resetCommand(files, options, loggerOf(command));
  });
}

function toResetTarget(text: string): ResetTarget {
  if (text === 'earliest' || text === 'latest') return text;
  const agoMs = parseDuration(text);
  if (agoMs !== null) return systemClock.now() - agoMs;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new MillraceError(
    'CLI_USAGE',
    'Expected --to to be earliest, latest, a time or a duration, got something else',
  );
}

function addMysqlRun(mysql: Command, { environment, loggerOf }: CommandSurroundings): void {
  const command = mysql
    .command('run')
    .description('Capture tables into topics until Ctrl-C, without topologies, as rows or as Debezium writes them.')
    .argument('[tables...]', 'tables to capture (database.table); without any, those of the database in the URL')
    .option(
      '--debezium-config <file>',
      'the configuration of a Debezium MySQL connector (JSON): what to capture, and how to write it. What would change records and is not supported is refused',
    )
    .option('--resnapshot <tables>', RESNAPSHOT, toNames, []);
  addDeclaredOptions(command, applicationOptions, ['dataDirectory', 'partitions']);
  addDeclaredOptions(command, embeddedBrokerOptions);
  addDeclaredOptions(command, kafkaOptions);
  addDeclaredOptions(command, mysqlOptions);
  addDeclaredOptions(command, schemaRegistryOptions);
  addDeclaredOptions(command, serverOptions);
  command.action(
    async (tables: readonly string[], flags: { debeziumConfig?: string; resnapshot: readonly string[] }) => {
      const { mysqlRunCommand } = await import('./commands/mysql-run-command.ts');
      const options = {
        application: readDeclaredOptions(command, applicationOptions, environment),
        broker: readDeclaredOptions(command, embeddedBrokerOptions, environment),
        kafka: readDeclaredOptions(command, kafkaOptions, environment),
        mysql: readDeclaredOptions(command, mysqlOptions, environment),
        schemaRegistry: readDeclaredOptions(command, schemaRegistryOptions, environment),
        server: readDeclaredOptions(command, serverOptions, environment),
        tables,
        debeziumConfig: flags.debeziumConfig,
        resnapshot: flags.resnapshot,
      };
      await mysqlRunCommand(options, loggerOf(command));
    },
  );
}

function addMysqlPull(mysql: Command, { environment, loggerOf, print }: CommandSurroundings): void {
  const command = mysql
    .command('pull')
    .description('Write the typed descriptors of a database, which topologies import.')
    .argument('<database>', 'the database whose tables are described')
    .option('--out <file>', 'the file to write (default: standard output)')
    .option('--avro <folder>', 'write the Avro schemas of keys and rows there (.avsc), and descriptors only with --out')
    .option('--tables <names>', 'only these tables, separated by commas', toNames);
  addDeclaredOptions(command, mysqlOptions, ['mysqlUrl', 'topicPrefix', 'bigint']);
  command.action(async (database: string, flags: { avro?: string; out?: string; tables?: string[] }) => {
    const { mysqlPullCommand } = await import('./commands/mysql-pull-command.ts');
    const input = readDeclaredOptions(command, mysqlOptions, environment);
    print(await mysqlPullCommand({ database, mysql: input, ...flags }, loggerOf(command)));
  });
}

function addMysqlDoctor(mysql: Command, surroundings: CommandSurroundings): void {
  const { environment, loggingOf, onExitCode, print } = surroundings;
  const command = mysql
    .command('doctor')
    .description(
      'Check whether a server, and the tables of the database in its URL, can be captured, and print the statements that mend what is wrong. Ends with 1 when it cannot.',
    );
  addDeclaredOptions(command, mysqlOptions, ['mysqlUrl', 'serverId']);
  command.action(async () => {
    const { mysqlDoctorCommand } = await import('./commands/mysql-doctor-command.ts');
    const input = readDeclaredOptions(command, mysqlOptions, environment);
    const { text, isHealthy } = await mysqlDoctorCommand(input, loggingOf(command).logFormat);
    print(text);
    onExitCode(isHealthy ? 0 : 1);
  });
}

function addMysqlStatus(mysql: Command, { environment, loggingOf, print }: CommandSurroundings): void {
  const command = mysql
    .command('status')
    .description(
      'Ask the MySQL source that runs with a data directory how far behind it is, in time, bytes and hours until the server deletes what it still needs, and how many rows it has written.',
    );
  addDeclaredOptions(command, applicationOptions, ['dataDirectory']);
  command.action(async () => {
    const { mysqlStatusCommand } = await import('./commands/mysql-status-command.ts');
    const application = readDeclaredOptions(command, applicationOptions, environment);
    print(await mysqlStatusCommand(application, loggingOf(command).logFormat));
  });
}

function addMysqlSnapshot(mysql: Command, { environment, print }: CommandSurroundings): void {
  const action = new Argument('<action>', 'what to do').choices(snapshotActions);
  const command = mysql
    .command('snapshot')
    .description(
      'Tell the MySQL source that runs with a data directory to read tables once more while it goes on (start; one that is not captured yet is added), to pause, resume or stop that, or ask how far it is (status).',
    )
    .addArgument(action)
    .argument('[table...]', 'database.table, or a regular expression for it; for stop: all when none is given')
    .option('--where <condition>', 'a condition in SQL for the rows to be read');
  addDeclaredOptions(command, applicationOptions, ['dataDirectory']);
  command.action(async (chosen: SnapshotAction, tables: readonly string[], flags: { where?: string }) => {
    const { mysqlSnapshotCommand } = await import('./commands/mysql-snapshot-command.ts');
    const application = readDeclaredOptions(command, applicationOptions, environment);
    print(await mysqlSnapshotCommand({ action: chosen, tables, where: flags.where, application }));
  });
}

function toNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}
