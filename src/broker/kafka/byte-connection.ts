import { Reader, Writer } from '@platformatic/kafka';
import type { BrokerAddress, KafkaConnection } from './kafka-connections.ts';

/** One request on its way to a broker, without the part of the header that the connection writes. */
export interface ByteRequest {
  /** The number and the version that the protocol has for the request. */
  readonly key: number;
  readonly version: number;
  /** What follows the client id in the header. */
  readonly bytes: Buffer;
}

/** Sends a request; resolves with what follows the correlation id in the answer. */
export type Exchange = (request: ByteRequest) => Promise<Buffer>;

type Send = KafkaConnection['send'];

/** Lets our codecs speak over a connection of another library, which only carries bytes. */
export class ByteConnection implements KafkaConnection {
  readonly host: string;
  readonly port: number;
  /** See `Connection.send` of `@platformatic/kafka`: the codecs call it. */
  readonly send: Send;

  constructor({ host, port }: BrokerAddress, exchange: Exchange) {
    this.host = host;
    this.port = port;
    this.send = (...request) => {
      // The type of the answer is lost where parameters are taken together.
      const sent = request as unknown as Parameters<Send>;
      const callback = sent[6] as (error: unknown, response?: unknown) => void;
      answered(exchange, sent).then(
        (response) => callback(null, response),
        (error: unknown) => callback(error),
      );
    };
  }
}

async function answered(exchange: Exchange, request: Parameters<Send>): Promise<unknown> {
  const [key, version, createPayload, parse, hasRequestTags, hasResponseTags] = request;
  const writer = Writer.create();
  if (hasRequestTags) writer.appendTaggedFields();
  const bytes = writer.appendFrom(await createPayload()).buffer;
  const reader = Reader.from(await exchange({ key, version, bytes }));
  if (hasResponseTags) reader.readTaggedFields();
  // The connection has matched the answer with its request already.
  return parse(0, key, version, reader);
}
