import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** An example as it is shown: that it is true, its test shows. */
export interface ShownExample {
  /** The body of its program. */
  readonly program: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** Reads the examples of a file, by `KStream.filter` or `KStream.join (table)`: the constant `kStreamExamples` has those of `KStream`. */
export function readExamples(file: string): ReadonlyMap<string, ShownExample> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  return new Map(
    declarations.flatMap(({ name, initializer }) => {
      const variable = name.getText(source);
      const handle = `${variable.charAt(0).toUpperCase()}${variable.slice(1).replace(/Examples$/, '')}`;
      return [...propertiesOf(initializer)].map(([method, example]): [string, ShownExample] => [
        `${handle}.${method}`,
        shownExample(propertiesOf(example), source),
      ]);
    }),
  );
}

function propertiesOf(node: ts.Node | undefined): ReadonlyMap<string, ts.Expression> {
  if (node === undefined || !ts.isObjectLiteralExpression(node)) return new Map();
  const properties = node.properties.filter(ts.isPropertyAssignment);
  return new Map(
    properties.map(({ name, initializer }) => [ts.isComputedPropertyName(name) ? '' : name.text, initializer]),
  );
}

function shownExample(fields: ReadonlyMap<string, ts.Expression>, source: ts.SourceFile): ShownExample {
  return {
    program: programOf(fields.get('program'), source),
    input: stringsOf(fields.get('input')),
    output: stringsOf(fields.get('output')),
  };
}

/** The statements of a function without its braces, at the left margin. */
function programOf(program: ts.Expression | undefined, source: ts.SourceFile): string {
  if (program === undefined || !ts.isArrowFunction(program)) return '';
  const { body } = program;
  const text = ts.isBlock(body) ? body.statements.map((statement) => linesOf(statement, source)).join('\n') : '';
  return text === '' ? `${linesOf(body, source)};` : text;
}

function linesOf(node: ts.Node, source: ts.SourceFile): string {
  const start = node.getStart(source);
  const lineStart = source.text.lastIndexOf('\n', start) + 1;
  const indent = /^ */.exec(source.text.slice(lineStart))?.[0] ?? '';
  return node.getText(source).replaceAll(`\n${indent}`, '\n');
}

function stringsOf(list: ts.Expression | undefined): readonly string[] {
  if (list === undefined || !ts.isArrayLiteralExpression(list)) return [];
  return list.elements.filter(ts.isStringLiteral).map(({ text }) => text);
}
