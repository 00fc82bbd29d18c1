import { protoText } from './proto-file.ts';

const TOKEN = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([A-Za-z0-9_.+-]+|.)/gs;
const WORD = /^[A-Za-z0-9_."'+-]/;

/**
 * A schema's text that those have in common that differ in white space and comments only: a line for each statement. A
 * descriptor in base64 becomes its text.
 */
export function canonicalProto(schema: string): string {
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  // Braces and semicolons within [ ] are part of an option's value.
  let brackets = 0;
  const end = (): void => {
    if (line !== '') lines.push(`${'  '.repeat(depth)}${line}`);
    line = '';
  };
  for (const token of tokens(protoText(schema))) {
    if (token === '[') brackets++;
    if (token === ']') brackets--;
    if (token === '}' && brackets === 0) {
      end();
      depth = Math.max(0, depth - 1);
    }
    line += `${needsSpace(line, token) ? ' ' : ''}${token}`;
    if (brackets > 0 || !(token === ';' || token === '{' || token === '}')) continue;
    end();
    if (token === '{') depth++;
  }
  end();
  return `${lines.join('\n')}\n`;
}

function tokens(text: string): string[] {
  return [...text.matchAll(TOKEN)].map(([, quoted, other]) => quoted ?? other ?? '').filter((token) => token !== '');
}

function needsSpace(before: string, token: string): boolean {
  if (before === '') return false;
  const last = before.at(-1) as string;
  if (token === '=' || last === '=' || last === ',' || token === '{') return true;
  return (WORD.test(token) && (WORD.test(last) || last === '>')) || (token === '[' && WORD.test(last));
}
