import type { FastifyReply, FastifyRequest } from 'fastify';
import { REGISTRY_ERRORS, RegistryError } from '../../registry/registry-error.ts';

/** The methods by which something is written. */
export const WRITE_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'DELETE']);

/** Marks a request that was forwarded, so that it is never forwarded twice. */
const FORWARDED = 'x-forward';

/** Sends a request on to the registry that writes, and its answer back. Throws RegistryError when that one is not there. */
export async function forwardToWriter(
  writerUrl: string,
  { request, reply, bearerToken }: { request: FastifyRequest; reply: FastifyReply; bearerToken: string | undefined },
): Promise<void> {
  if (request.headers[FORWARDED] !== undefined) {
    throw new RegistryError(
      REGISTRY_ERRORS.NO_LEADER,
      'Expected to be the registry that writes, got a forwarded request as another one',
    );
  }
  const answer = await send(writerUrl, request, bearerToken);
  await reply.code(answer.status).send(answer.body === '' ? undefined : JSON.parse(answer.body));
}

async function send(
  writerUrl: string,
  { method, url, body }: FastifyRequest,
  bearerToken: string | undefined,
): Promise<{ status: number; body: string }> {
  try {
    const response = await fetch(new URL(url, writerUrl), {
      method,
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        [FORWARDED]: 'true',
        ...(bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` }),
      },
      ...(body === undefined || body === null ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    throw new RegistryError(
      REGISTRY_ERRORS.FORWARDING_FAILED,
      `Error while forwarding the request to the registry that writes: ${(error as Error).message}`,
    );
  }
}
