import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfiguration } from './render-configuration.ts';
import { renderDebeziumKeys } from './render-debezium-keys.ts';
import { renderErrors } from './render-errors.ts';
import { renderMetrics } from './render-metrics.ts';
import { renderOpenApi } from './render-openapi.ts';
import { renderOperators } from './render-operators.ts';

const docs = join(import.meta.dirname, '..', 'docs');

writeFileSync(join(docs, 'errors.md'), renderErrors());
writeFileSync(join(docs, 'configuration.md'), renderConfiguration());
writeFileSync(join(docs, 'operators.md'), renderOperators());
writeFileSync(join(docs, 'metrics.md'), renderMetrics());
writeFileSync(join(docs, 'openapi.json'), renderOpenApi());
writeFileSync(join(docs, 'debezium-keys.md'), renderDebeziumKeys());
