import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What dependency-cruiser found in a tree. */
export interface LayerReport {
  /** How many modules it looked at. None, or few, means that it could not read them, not that all is well. */
  readonly modules: number;
  readonly violations: readonly LayerViolation[];
}

/** One import that a rule of `dependency-cruiser.config.mjs` forbids. */
export interface LayerViolation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

const ROOT = join(import.meta.dirname, '..');
const LEAST_MODULES = 100;

/** Holds the `src` of a tree against the table of layers. The tree has its own `tsconfig.json` and `package.json`. */
export function checkLayers(tree: string): LayerReport {
  const cruiser = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const rules = join(ROOT, 'dependency-cruiser.config.mjs');
  const run = spawnSync(process.execPath, [cruiser, '--config', rules, '--output-type', 'json', 'src'], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser did not run: ${run.stderr}${run.stdout}`);
  const { summary } = JSON.parse(run.stdout) as CruiseResult;
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

function main(): void {
  const { modules, violations } = checkLayers(ROOT);
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
  if (modules < LEAST_MODULES)
    console.error(`Expected more than ${LEAST_MODULES} modules to be looked at, got ${modules}`);
  else console.log(`layers: ${modules} modules, ${violations.length} violations`);
  process.exitCode = violations.length > 0 || modules < LEAST_MODULES ? 1 : 0;
}

if (import.meta.main) main();
