import { MillraceError } from '../../core/millrace-error.ts';
import { parseJsonTree, serializeJsonTree, type JsonMember, type JsonNode } from './json-tree.ts';

/** One change of a document: what a partial update has instead of the whole. */
export interface JsonDiff {
  readonly operation: 'replace' | 'insert' | 'remove';
  /** `$.a[3]."b c"` */
  readonly path: string;
  /** The new value in binary form; undefined when it is removed. */
  readonly value: Buffer | undefined;
}

/** A step of a path: the key of a member, or the index of an item. */
type Step = Buffer | number;

const STEP = /\[(\d+)\]|\.(?:"((?:[^"\\]|\\.)*)"|([^.[\]"\s]+))/gsy;

/**
 * Applies changes, one after the other, to a document in binary form, and gives the new one. Source: `apply_json_diffs` of
 * the server. Throws MYSQL_EVENT_UNREADABLE when one of them does not fit the document.
 */
export function applyJsonDiffs(document: Buffer, diffs: readonly JsonDiff[]): Buffer {
  let root = parseJsonTree(document);
  for (const diff of diffs) {
    const steps = parsePath(diff.path);
    const last = steps.pop();
    if (last === undefined) {
      if (diff.operation !== 'replace') throw unfit();
      root = valueOf(diff);
      continue;
    }
    change(steps.reduce(descend, root), last, diff);
  }
  return serializeJsonTree(root);
}

function change(container: JsonNode, step: Step, diff: JsonDiff): void {
  if (container.kind === 'object' && typeof step !== 'number') changeMember(container.members, step, diff);
  else if (container.kind === 'array' && typeof step === 'number') changeItem(container.items, step, diff);
  else throw unfit();
}

function changeMember(members: JsonMember[], key: Buffer, diff: JsonDiff): void {
  const place = members.findIndex((member) => compareKeys(member.key, key) >= 0);
  const found = members[place];
  const exists = found !== undefined && found.key.equals(key);
  if (exists === (diff.operation === 'insert')) throw unfit();
  if (diff.operation === 'remove') members.splice(place, 1);
  else if (exists) found.value = valueOf(diff);
  else members.splice(place === -1 ? members.length : place, 0, { key, value: valueOf(diff) });
}

/** An item that is inserted behind the end becomes the last one. */
function changeItem(items: JsonNode[], index: number, diff: JsonDiff): void {
  if (diff.operation === 'insert') {
    items.splice(index, 0, valueOf(diff));
    return;
  }
  if (index >= items.length) throw unfit();
  if (diff.operation === 'remove') items.splice(index, 1);
  else items[index] = valueOf(diff);
}

function descend(node: JsonNode, step: Step): JsonNode {
  const next =
    typeof step === 'number'
      ? node.kind === 'array' && node.items[step]
      : node.kind === 'object' && node.members.find((member) => member.key.equals(step))?.value;
  if (next === false || next === undefined) throw unfit();
  return next;
}

/** Keys are in order by length, then by bytes. */
function compareKeys(left: Buffer, right: Buffer): number {
  return left.length - right.length || left.compare(right);
}

function valueOf({ value }: JsonDiff): JsonNode {
  if (value === undefined) throw unfit();
  return parseJsonTree(value);
}

function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  if (!path.startsWith('$')) throw unfit();
  let end = 1;
  for (const [text, index, quoted, plain] of path.slice(1).matchAll(STEP)) {
    end += text.length;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(Buffer.from(plain ?? (JSON.parse(`"${quoted}"`) as string)));
  }
  if (end !== path.length) throw unfit();
  return steps;
}

function unfit(): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a partial update to fit the document before it');
}
