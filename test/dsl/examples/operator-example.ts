import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import { json } from '../../../src/serde/json-serde.ts';
import { string } from '../../../src/serde/string-serde.ts';
import { TopologyTestDriver } from '../../../src/testing/index.ts';

/**
 * What an operator does, shown. Records are lines of topic, key (`-`: none), value in JSON and, if it is not 0, the time:
 * `out a 1 @60000`. Keys are text.
 */
export interface OperatorExample {
  /** Its source stands in `docs/operators.md`. */
  readonly program: (builder: StreamsBuilder) => void;
  readonly input: readonly string[];
  /** Everything that is written to the topics not called `in…`, in order for each of them. */
  readonly output: readonly string[];
}

/** The examples of one handle, by method; those that a method has besides the first are called `join (table)`. */
export type OperatorExamples = { readonly [method: string]: OperatorExample };

/** Runs a program over the input and returns what it wrote. */
export async function runExample({ program, input, output }: OperatorExample): Promise<string[]> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  program(builder);
  const driver = new TopologyTestDriver(builder.build('example'));
  try {
    for (const line of input) {
      const { topic, key, value, timestamp } = parse(line);
      await driver
        .createInputTopic<string, unknown>(topic, { keySerde: string() })
        .pipeInput(key, value, { timestamp });
    }
    const internal = /-(repartition|changelog|topic)$/;
    const topics = new Set([
      ...output.map((line) => parse(line).topic),
      ...driver.producedTopics.filter((topic) => !internal.test(topic)),
    ]);
    return [...topics].flatMap((topic) =>
      driver
        .createOutputTopic<string, unknown>(topic, { keySerde: string() })
        .readRecords()
        .map(
          ({ key, value, timestamp }) =>
            `${topic} ${key ?? '-'} ${JSON.stringify(value)}${timestamp === 0 ? '' : ` @${timestamp}`}`,
        ),
    );
  } finally {
    await driver.close();
  }
}

function parse(line: string): { topic: string; key: string | null; value: unknown; timestamp: number } {
  const [, topic = '', key = '', value = '', time = '0'] = /^(\S+) (\S+) (.*?)(?: @(\d+))?$/.exec(line) ?? [];
  return { topic, key: key === '-' ? null : key, value: JSON.parse(value) as unknown, timestamp: Number(time) };
}

/** What a program writes to topics not called `in…`, one line for each record. */
export function outputOf(program: OperatorExample['program'], input: readonly string[]): Promise<string[]> {
  return runExample({ program, input, output: [] });
}
