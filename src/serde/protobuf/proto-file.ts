import protobuf from 'protobufjs';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ResolvedSchema } from '../registry/schema-language.ts';
import { descriptorText } from './descriptor-text.ts';
import { KNOWN_FILES } from './known-files.ts';

/** What the main file is called, which has no name in a registry. */
const MAIN = 'schema.proto';

/** A file of Protobuf's language with what it imports, resolved. */
export interface ProtoFile {
  /** Empty when it names none. */
  readonly packageName: string;
  readonly syntax: string;
  readonly imports: readonly string[];
  readonly root: protobuf.Root;
  /** The package of each file, also of those imported, by the name that types have as their `filename`. */
  readonly packages: ReadonlyMap<string, string>;
  /** The messages and enums that the file itself declares outermost, in its order. */
  readonly types: readonly (protobuf.Type | protobuf.Enum)[];
}

/** Reads a file: its text, or a serialized FileDescriptorProto in base64, as some clients register it. Throws SCHEMA_INVALID. */
export function parseProto({ schema, references }: ResolvedSchema): ProtoFile {
  const root = new protobuf.Root();
  const known = new Map<string, string>();
  try {
    for (const { name, schema: imported } of references) {
      if (known.has(name)) continue;
      addFile(root, { name, text: protoText(imported), known });
    }
    const text = protoText(schema);
    const { package: packageName = '', imports = [] } = addFile(root, { name: MAIN, text, known });
    root.resolveAll();
    const types = declaredIn(packageName === '' ? root : root.lookup(packageName), MAIN);
    return { packageName, syntax: syntaxOf(text), imports, root, types, packages: known };
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('SCHEMA_INVALID', `Expected a Protobuf schema, got one with ${(error as Error).message}`);
  }
}

/** The types that a file declares in a scope (its package, or a message), in its order; those of map entries are none. */
export function declaredIn(
  scope: protobuf.ReflectionObject | null,
  filename: string | null,
): readonly (protobuf.Type | protobuf.Enum)[] {
  if (!(scope instanceof protobuf.Namespace)) return [];
  return scope.nestedArray.filter(
    (nested): nested is protobuf.Type | protobuf.Enum =>
      (nested instanceof protobuf.Type || nested instanceof protobuf.Enum) && nested.filename === filename,
  );
}

/** The messages among types. */
export function messagesOf(types: readonly (protobuf.Type | protobuf.Enum)[]): readonly protobuf.Type[] {
  return types.filter((type) => type instanceof protobuf.Type) as readonly protobuf.Type[];
}

/** The messages declared in a message. */
export function nestedMessages(type: protobuf.Type): readonly protobuf.Type[] {
  return messagesOf(declaredIn(type, type.filename));
}

/** The text of a schema that may be a serialized descriptor in base64. */
export function protoText(schema: string): string {
  return /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(schema) && schema.trim() !== '' ? descriptorText(schema) : schema;
}

function addFile(
  root: protobuf.Root,
  { name, text, known }: { name: string; text: string; known: Map<string, string> },
): protobuf.IParserResult {
  // protobufjs takes the name from here, and forgets it at the end.
  (protobuf.parse as unknown as { filename: string }).filename = name;
  const parsed = protobuf.parse(text, root, { keepCase: true });
  known.set(name, parsed.package ?? '');
  const imports = [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])];
  for (const imported of imports) addImport(root, { imported, known });
  return { ...parsed, imports };
}

function addImport(root: protobuf.Root, { imported, known }: { imported: string; known: Map<string, string> }): void {
  if (known.has(imported)) return;
  known.set(imported, '');
  const nested = protobuf.common.get(imported)?.nested;
  if (nested !== undefined) {
    root.addJSON(nested);
    return;
  }
  const text = KNOWN_FILES[imported];
  if (text === undefined) {
    throw new MillraceError(
      'SCHEMA_INVALID',
      `Expected a reference for each import, got none for "${imported}": register it and name its subject and version`,
    );
  }
  addFile(root, { name: imported, text, known });
}

function syntaxOf(text: string): string {
  return (
    /^\s*(?:(?:\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*(?:syntax|edition)\s*=\s*["']([^"']+)["']/.exec(text)?.[1] ?? 'proto2'
  );
}
