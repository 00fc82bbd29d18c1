import { type MeasuredProgram, programs } from '../../streams/programs.ts';

/** One of the compared programs, as `millrace run` loads it: which one, and under which name, is said in the environment. */
const program = programs[process.env['COMPARED_PROGRAM'] ?? ''] as MeasuredProgram;

export default program.create(process.env['COMPARED_APPLICATION'] ?? '');
