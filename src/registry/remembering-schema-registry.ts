import { readFile, rename, writeFile } from 'node:fs/promises';
import { type Logger, silentLogger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { RegisteredSchema, SchemaDefinition, SchemaRegistry } from '../serde/registry/schema-registry.ts';

/** Answers by what was asked. */
type Answers = Map<string, unknown>;

/**
 * Remembers a registry's answers in a file, and gives those while the registry is away: what has run with it once starts
 * without it. What it has never answered is SCHEMA_REGISTRY_UNREACHABLE then, and so is what can only be asked of it.
 */
export class RememberingSchemaRegistry implements SchemaRegistry {
  readonly #registry: SchemaRegistry;
  readonly #file: string;
  readonly #answers: Answers;
  readonly #logger: Logger;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    registry: SchemaRegistry,
    file: string,
    { answers, logger }: { answers: Answers; logger: Logger },
  ) {
    this.#registry = registry;
    this.#file = file;
    this.#answers = answers;
    this.#logger = logger;
  }

  /** A file that is not there, or broken, is one that remembers nothing. */
  static async open(
    registry: SchemaRegistry,
    file: string,
    logger: Logger = silentLogger,
  ): Promise<RememberingSchemaRegistry> {
    return new RememberingSchemaRegistry(registry, file, { answers: await readAnswers(file, logger), logger });
  }

  register(subject: string, definition: SchemaDefinition): Promise<number> {
    return this.#ask(['register', subject, definition], () => this.#registry.register(subject, definition));
  }

  lookUp(subject: string, definition: SchemaDefinition): Promise<RegisteredSchema | null> {
    return this.#ask(['lookUp', subject, definition], () => this.#registry.lookUp(subject, definition));
  }

  latest(subject: string): Promise<RegisteredSchema | null> {
    return this.#ask(['latest', subject], () => this.#registry.latest(subject));
  }

  versions(subject: string): Promise<readonly RegisteredSchema[]> {
    return this.#ask(['versions', subject], () => this.#registry.versions(subject));
  }

  version(subject: string, version: number): Promise<RegisteredSchema> {
    return this.#ask(['version', subject, version], () => this.#registry.version(subject, version));
  }

  schemaById(id: number): Promise<SchemaDefinition> {
    return this.#ask(['schemaById', id], () => this.#registry.schemaById(id));
  }

  async incompatibilities(subject: string, definition: SchemaDefinition): Promise<readonly string[]> {
    return this.#registry.incompatibilities(subject, definition);
  }

  /** Resolves when everything learned so far is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #ask<T>(question: readonly unknown[], ask: () => T | Promise<T>): Promise<T> {
    const key = JSON.stringify(question);
    try {
      const answer = await ask();
      if (JSON.stringify(this.#answers.get(key)) !== JSON.stringify(answer)) {
        this.#answers.set(key, answer);
        this.#save();
      }
      return answer;
    } catch (error) {
      const isAway = error instanceof MillraceError && error.code === 'SCHEMA_REGISTRY_UNREACHABLE';
      if (!isAway || !this.#answers.has(key)) throw error;
      this.#logger.warn('schema registry is away: going on with what it last answered', { asked: question[0], error });
      return this.#answers.get(key) as T;
    }
  }

  /** One write at a time, each with all that is known by then; renamed into place, so that none is ever half there. */
  #save(): void {
    this.#writing = this.#writing
      .then(async () => {
        const part = `${this.#file}.part`;
        await writeFile(part, JSON.stringify(Object.fromEntries(this.#answers)));
        await rename(part, this.#file);
      })
      .catch((error: unknown) => this.#logger.warn('could not remember what the schema registry answered', { error }));
  }
}

async function readAnswers(file: string, logger: Logger): Promise<Answers> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as object));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') {
      logger.warn('forgot what the schema registry answered: the file cannot be read', { file, error });
    }
    return new Map();
  }
}
