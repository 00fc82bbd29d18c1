import { type MeasuredProgram, programs } from '../../streams/programs.ts';

/** The count topology, under the name of the application that the instance was given: worker threads load it from here. */
export default (programs['b'] as MeasuredProgram).create(process.env['COUNTING_APPLICATION'] ?? 'counting');
