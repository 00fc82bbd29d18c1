import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';

test('docs/openapi.json is a valid OpenAPI 3.1 document', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8');
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  expect({ valid, errors }).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});
