import { describe } from '../../topology/describe.ts';
import { mermaid } from '../../topology/mermaid.ts';
import type { Topology } from '../../topology/topology.ts';
import type { DescribeFormat } from './describe-formats.ts';
import { loadTopologies } from '../host/load-topologies.ts';

const DRAWINGS: Readonly<Record<DescribeFormat, { draw: (topology: Topology) => string; comment: string }>> = {
  text: { draw: describe, comment: '#' },
  mermaid: { draw: mermaid, comment: '%%' },
};

/** The graphs of the topologies in these files; where there are several, each below a comment with its name. */
export async function describeCommand(files: readonly string[], format: DescribeFormat): Promise<string> {
  const topologies = await loadTopologies(files);
  const { draw, comment } = DRAWINGS[format];
  const isAlone = topologies.length === 1;
  return topologies.map((topology) => `${isAlone ? '' : `${comment} ${topology.name}\n`}${draw(topology)}`).join('\n');
}
