import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { commentOf } from './comment-of.ts';

/** An interface of options. */
export interface OptionsType {
  readonly name: string;
  readonly text: string;
  /** The interfaces that it has the options of too, with their type arguments. */
  readonly bases: readonly string[];
  readonly options: readonly { readonly signature: string; readonly text: string }[];
}

/** Reads the interfaces of a folder whose names end in `Options`, by name. */
export function readOptions(folder: string): ReadonlyMap<string, OptionsType> {
  const files = globSync('**/*.ts', { cwd: folder }).toSorted();
  return new Map(files.flatMap((file) => optionsOf(join(folder, file))).map((options) => [options.name, options]));
}

/** The names of the options in a type or signature. */
export function optionsIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b\w+Options\b/g))];
}

function optionsOf(file: string): readonly OptionsType[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  return interfaces
    .filter(({ name }) => name.text.endsWith('Options'))
    .map((declared) => ({
      name: declared.name.text,
      text: textOf(declared),
      bases: (declared.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.getText(source))),
      options: declared.members.map((member) => ({
        signature: member
          .getText(source)
          .replaceAll(/\s+/g, ' ')
          .replace(/^readonly /, '')
          .replace(/;$/, ''),
        text: textOf(member),
      })),
    }));
}

function textOf(declared: ts.Node): string {
  const documents = ts.getJSDocCommentsAndTags(declared).filter(ts.isJSDoc);
  return documents.map(({ comment }) => commentOf(comment)).join(' ');
}
