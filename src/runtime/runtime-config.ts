import { applicationOptions, type ApplicationOptions } from '../config/application-options.ts';
import { parseOptions } from '../config/options.ts';

/** How an application runs: its options as `docs/configuration.md` has them, its name, and where its state is. */
export interface RuntimeConfig extends Omit<ApplicationOptions, 'dataDirectory' | 'storeBackend' | 'storeMemoryBytes'> {
  /** Where local state is kept: `<stateDirectory>/<applicationId>/<task>/<store>`. */
  readonly stateDirectory: string;
  /** The group, and the prefix of internal topics. */
  readonly applicationId: string;
}

/** What has to be said of a run; the rest has the defaults of the application options. */
export type RuntimeConfigInput = Pick<RuntimeConfig, 'stateDirectory'> & Partial<RuntimeConfig>;

/**
 * The whole configuration, frozen. `topologyName` is the application id where none is given.
 * Throws CONFIG_INVALID for an option that is not allowed.
 */
export function runtimeConfig(input: RuntimeConfigInput, topologyName: string): RuntimeConfig {
  const { stateDirectory, applicationId = topologyName, ...options } = input;
  const {
    dataDirectory: _directory,
    storeBackend: _backend,
    storeMemoryBytes: _memory,
    ...parsed
  } = parseOptions(applicationOptions, options);
  return Object.freeze({ ...parsed, stateDirectory, applicationId });
}
