import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { userCodePlace } from '../../src/core/user-code-place.ts';

const ownUrl = new URL('../../src/runtime/tasks/task.ts', import.meta.url).href;
const userUrl = new URL('../../topologies/my orders.ts', import.meta.url).href;

function errorWith(...frames: string[]): Error {
  const error = new Error('secret');
  error.stack = ['Error: secret', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

test('is the innermost line that is neither of Node, nor of Millrace, nor of a package', () => {
  const error = errorWith(
    'JSON.parse (<anonymous>)',
    'parse (node:internal/url:10:5)',
    'get (file:///app/node_modules/lodash/get.js:3:1)',
    `pick (${userUrl}:7:21)`,
    `${userUrl}:12:3`,
    `process (${ownUrl}:9:1)`,
  );

  expect(userCodePlace(error)).toBe(`${relative(process.cwd(), fileURLToPath(userUrl))}:7`);
});

test('is found where a frame has no function', () => {
  expect(userCodePlace(errorWith(`${userUrl}:12:3`))).toMatch(/topologies\/my orders\.ts:12$/);
});

test('is null for errors of Millrace itself and for what is no error', () => {
  expect(userCodePlace(errorWith(`process (${ownUrl}:9:1)`))).toBe(null);
  expect(userCodePlace('text')).toBe(null);
});
