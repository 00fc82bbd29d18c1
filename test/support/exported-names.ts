import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * The names that a module exports, sorted; types are marked `type`. Entry points export by name only: what
 * `export *` would let through is nobody's decision, so it throws.
 */
export function exportedNames(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const names = source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return [];
    const { exportClause } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
      throw new Error(`Expected exports by name, got \`export *\` in ${file}`);
    }
    return exportClause.elements.map((element) =>
      statement.isTypeOnly || element.isTypeOnly ? `type ${element.name.text}` : element.name.text,
    );
  });
  return names.toSorted();
}
