import { readFile } from 'node:fs/promises';
import { MillraceError } from '../../core/millrace-error.ts';

/** Reads a file with certificates or a key (PEM) that an option names. Throws CONFIG_INVALID. */
export async function readPem(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MillraceError('CONFIG_INVALID', `Expected \`${option}\` to name a file that can be read, got ${file}`, {
      cause: error,
    });
  }
}
