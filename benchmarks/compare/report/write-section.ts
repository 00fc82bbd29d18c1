import { readFile, writeFile } from 'node:fs/promises';

/** Replaces what is between the comments `<!-- name: begin -->` and `<!-- name: end -->` of a Markdown page. */
export async function writeSection(page: string, name: string, markdown: string): Promise<void> {
  const begin = `<!-- ${name}: begin -->`;
  const end = `<!-- ${name}: end -->`;
  const [before = '', rest = ''] = (await readFile(page, 'utf8')).split(begin);
  const after = rest.split(end)[1];
  if (after === undefined) throw new Error(`Expected ${page} to have ${begin} and ${end}`);
  await writeFile(page, `${before}${begin}\n\n${markdown}\n\n${end}${after}`);
}
