import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { commentOf } from './comment-of.ts';

/** What the TSDoc of a class or method says. */
export interface OperatorText {
  readonly text: string;
  /** Of the block tags (`@nulls`, `@ordering`…) that are there, by name. */
  readonly tags: ReadonlyMap<string, string>;
}

/** A method of a handle that a program may call. */
export interface HandleMethod extends OperatorText {
  readonly name: string;
  /** One, or those of its overloads, each on one line. */
  readonly signatures: readonly string[];
}

/** A class of the DSL, as `docs/operators.md` shows it. */
export interface Handle extends OperatorText {
  readonly name: string;
  readonly methods: readonly HandleMethod[];
}

/** Reads the exported classes of a file, with their public methods; those marked `@internal` are left out. */
export function readHandles(file: string): readonly Handle[] {
  const source = parse(file);
  return source.statements.filter(ts.isClassDeclaration).map((declared) => ({
    name: declared.name?.text ?? '',
    ...textOf(declared),
    methods: methodsOf(declared, source),
  }));
}

/** Reads the exported functions of a file as methods. */
export function readFunctions(file: string): readonly HandleMethod[] {
  const source = parse(file);
  const functions = source.statements.filter(ts.isFunctionDeclaration);
  return functions.map((declared) => ({
    name: declared.name?.text ?? '',
    signatures: [signatureOf(declared, source).replace(/^export function /, '')],
    ...textOf(declared),
  }));
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function methodsOf(declared: ts.ClassDeclaration, source: ts.SourceFile): readonly HandleMethod[] {
  const declarations = new Map<string, ts.MethodDeclaration[]>();
  for (const member of declared.members) {
    if (!ts.isMethodDeclaration(member) || !ts.isIdentifier(member.name)) continue;
    const { text } = member.name;
    declarations.set(text, [...(declarations.get(text) ?? []), member]);
  }
  return [...declarations].flatMap(([name, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const texts = textOf(first);
    if (texts.tags.has('internal')) return [];
    const overloads = members.filter((member) => member.body === undefined);
    const shown = overloads.length > 0 ? overloads : members;
    return [{ name, ...texts, signatures: shown.map((member) => signatureOf(member, source)) }];
  });
}

function signatureOf(declared: ts.FunctionLikeDeclaration, source: ts.SourceFile): string {
  const end = declared.body?.getStart(source) ?? declared.getEnd();
  const text = source.text.slice(declared.getStart(source), end).replaceAll(/\s+/g, ' ');
  return text.replaceAll('( ', '(').replaceAll(', )', ')').trim().replace(/;$/, '');
}

function textOf(declared: ts.Node): OperatorText {
  const documents = ts.getJSDocCommentsAndTags(declared).filter(ts.isJSDoc);
  const tags = ts.getJSDocTags(declared).map((tag): [string, string] => [tag.tagName.text, commentOf(tag.comment)]);
  return { text: documents.map(({ comment }) => commentOf(comment)).join('\n'), tags: new Map(tags) };
}
