import { writeFileSync } from 'node:fs';
import type { ConformanceCase } from '../case-file.ts';

/** Writes a case as a file that people can read: a step, an input and an output on a line of its own each. */
export function writeCase(file: string, written: ConformanceCase): void {
  const { name, description, topology, inputs, outputs, outputCauses, error } = written;
  const parts = [
    `"name": ${JSON.stringify(name)}`,
    `"description": ${JSON.stringify(description)}`,
    `"topology": ${lines(topology)}`,
    `"inputs": ${lines(inputs)}`,
    `"outputs": ${lines(outputs)}`,
    `"outputCauses": ${JSON.stringify(outputCauses ?? [])}`,
    ...(error === undefined ? [] : [`"error": ${JSON.stringify(error)}`]),
  ];
  writeFileSync(file, `{\n  ${parts.join(',\n  ')}\n}\n`);
}

function lines(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : `[\n    ${items.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`;
}
