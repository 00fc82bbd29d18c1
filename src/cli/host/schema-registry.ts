import { join } from 'node:path';
import type { Broker } from '../../broker/port.ts';
import { parseOptions } from '../../config/options.ts';
import type { OptionValues } from '../../config/option.ts';
import { type SchemaRegistryOptionInput, schemaRegistryOptions } from '../../config/schema-registry-options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { BrokerRegistry } from '../../registry/broker-registry.ts';
import { ClusterSchemaRegistry } from '../../registry/cluster-schema-registry.ts';
import type { HttpExchangeOptions } from '../../registry/http-exchange.ts';
import { HttpSchemaRegistry } from '../../registry/http-schema-registry.ts';
import { LocalSchemaRegistry } from '../../registry/local-schema-registry.ts';
import { RememberingSchemaRegistry } from '../../registry/remembering-schema-registry.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import { listenLocally, mustHaveToken } from './listen-locally.ts';
import { readPem } from './read-pem.ts';
import type { HttpServer } from '../../server/http-server.ts';

type Settings = OptionValues<typeof schemaRegistryOptions>;

/** What a registry is opened with. */
export interface OpenSchemaRegistryOptions {
  readonly input: SchemaRegistryOptionInput;
  readonly broker: Broker;
  /** Where the answers of another registry are remembered. */
  readonly dataDirectory: string;
  readonly logger: Logger;
}

/** A registry that serdes can ask. */
export interface OpenedSchemaRegistry {
  readonly registry: SchemaRegistry;
  /** Where it is found. */
  readonly url: string;
  close(): Promise<void>;
}

const USUAL_PORT = 8081;
const FIRST_PAUSE_MS = 100;

/**
 * The registry that is configured, or else the own one over the broker, with its REST API. Throws CONFIG_INVALID,
 * HTTP_PORT_UNAVAILABLE, SCHEMA_REGISTRY_TOPIC_INVALID, and what the broker throws.
 */
export async function openSchemaRegistry(options: OpenSchemaRegistryOptions): Promise<OpenedSchemaRegistry> {
  const settings = parseOptions(schemaRegistryOptions, options.input);
  const exchange = await exchangeOptions(settings);
  return settings.schemaRegistry === null
    ? serveOwn(options, settings, exchange)
    : openOther(options, settings.schemaRegistry, exchange);
}

/**
 * The registry that is configured, or else what the own one has in its topic, to look at. It registers nothing, and is
 * served to nobody.
 */
export async function lookAtSchemaRegistry({
  openBroker,
  ...options
}: Omit<OpenSchemaRegistryOptions, 'broker'> & {
  /** Called where there is no other registry to ask. */
  readonly openBroker: () => Promise<Broker>;
}): Promise<Omit<OpenedSchemaRegistry, 'url'>> {
  const settings = parseOptions(schemaRegistryOptions, options.input);
  const exchange = await exchangeOptions(settings);
  if (settings.schemaRegistry !== null) return openOther(options, settings.schemaRegistry, exchange);
  const broker = await openBroker();
  const close = async (registry?: BrokerRegistry): Promise<void> => {
    await registry?.close();
    await broker.close();
  };
  try {
    const registry = await BrokerRegistry.open({ broker, logger: options.logger });
    return { registry: new LocalSchemaRegistry(registry.registry), close: () => close(registry) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openOther(
  { dataDirectory, logger }: Omit<OpenSchemaRegistryOptions, 'broker'>,
  addresses: string,
  exchange: Omit<HttpExchangeOptions, 'urls'>,
): Promise<OpenedSchemaRegistry> {
  const urls = addresses.split(',').map((url) => url.trim());
  const asked = new HttpSchemaRegistry({ ...exchange, urls });
  const registry = await RememberingSchemaRegistry.open(asked, join(dataDirectory, 'schema-registry.json'), logger);
  return { registry, url: addresses, close: () => registry.flush() };
}

async function serveOwn(
  { broker, logger }: OpenSchemaRegistryOptions,
  settings: Settings,
  exchange: Omit<HttpExchangeOptions, 'urls'>,
): Promise<OpenedSchemaRegistry> {
  const { schemaRegistryHost: host, schemaRegistryPort: port, schemaRegistryToken: token } = settings;
  const place = { host, port, token, usualPort: USUAL_PORT, tokenOption: 'schemaRegistryToken' };
  mustHaveToken(place);
  const { startHttpServer } = await import('../../server/http-server.ts');
  const { registryRoutes } = await import('../../server/registry/registry-routes.ts');
  const bearerToken = token ?? undefined;
  const registry = await BrokerRegistry.open({ broker, logger });
  let server: HttpServer | undefined;
  const close = async (): Promise<void> => {
    await server?.close();
    await registry.close();
  };
  try {
    const routes = registryRoutes(registry, bearerToken);
    server = await listenLocally(place, (at) =>
      startHttpServer({ host, port: at, ...(token === null ? {} : { bearerToken: token }) }, [routes]),
    );
    await registry.join(server.url);
  } catch (error) {
    await close();
    throw error;
  }
  logger.info('serves the schema registry', { url: server.url });
  return { registry: new ClusterSchemaRegistry(registry, exchange), url: server.url, close };
}

async function exchangeOptions(settings: Settings): Promise<Omit<HttpExchangeOptions, 'urls'>> {
  const { schemaRegistryUser: user, schemaRegistryToken: token, schemaRegistryCa: ca } = settings;
  return {
    timeoutMs: settings.schemaRegistryTimeoutMs,
    retries: settings.schemaRegistryRetries,
    pause: (attempts) => new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempts - 1))),
    ...(token === null ? {} : { auth: { bearerToken: token } }),
    ...(user === null ? {} : { auth: userAndPassword(user) }),
    ...(ca === null ? {} : { tls: { ca: await readPem('schemaRegistryCa', ca) } }),
  };
}

function userAndPassword(text: string): { readonly username: string; readonly password: string } {
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new MillraceError('CONFIG_INVALID', 'Expected `schemaRegistryUser` to be user:password, got something else');
}
