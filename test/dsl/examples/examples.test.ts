import { describe, expect, test } from 'vitest';
import { examples } from './examples.ts';
import { runExample } from './operator-example.ts';

describe.each(Object.entries(examples))('%s', (_, methods) => {
  test.each(Object.entries(methods))('%s does what its example says', async (_method, example) => {
    expect(await runExample(example)).toEqual(example.output);
  });
});
