import type { CaseInput, Step } from '../case-file.ts';

/** A program and its inputs. */
export interface Program {
  readonly topology: readonly Step[];
  readonly inputs: readonly CaseInput[];
}

/** Leaves out steps and inputs for as long as what is left is still `interesting`. */
export async function minimizeCase(
  program: Program,
  interesting: (smaller: Program) => Promise<boolean>,
): Promise<Program> {
  let smallest = program;
  for (let before = -1; before !== size(smallest);) {
    before = size(smallest);
    for (let index = smallest.topology.length - 1; index >= 0; index--) {
      const smaller = { ...smallest, topology: smallest.topology.toSpliced(index, 1) };
      if (await interesting(smaller)) smallest = smaller;
    }
    for (let chunk = 8; chunk >= 1; chunk = Math.floor(chunk / 2)) {
      for (let index = smallest.inputs.length - chunk; index >= 0; index -= chunk) {
        const smaller = { ...smallest, inputs: smallest.inputs.toSpliced(index, chunk) };
        if (await interesting(smaller)) smallest = smaller;
      }
    }
  }
  return smallest;
}

function size({ topology, inputs }: Program): number {
  return topology.length + inputs.length;
}
