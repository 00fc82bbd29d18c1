import { catalogue, type ErrorEntry } from '../src/core/error-catalogue/index.ts';

/** `docs/errors.md`: every error code with its cause and remedy. */
export function renderErrors(): string {
  const entries: [string, ErrorEntry][] = Object.entries(catalogue);
  const sections = entries.map(([code, { cause, remedy }]) => `## ${code}\n\n${cause}\n\n**Remedy:** ${remedy}\n`);
  return [
    '# Errors\n',
    'Made by `npm run docs` from `src/core/error-catalogue/`; do not edit.\n',
    'Every error that Millrace throws is a `MillraceError` with a `code` that stands here, a message that says what was expected and what was found, and a `context` that says where.\n',
    ...sections,
  ].join('\n');
}
