import type { ISocketFactory, ISocketFactoryArgs } from 'kafkajs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

const KEEP_ALIVE_MS = 60_000;
/** How an answer begins that comes from a port with TLS to one who speaks without: with an alert. */
const TLS_ALERT = 0x15;

/** What a connection is told of its socket. */
export interface SocketEvents {
  onOpen(socket: Socket): void;
  /** Why it broke, also where the other side just closed it. */
  onFailure(error: Error): void;
}

/**
 * Makes sockets for kafkajs. Its own would let what waits wait for ever when a socket is destroyed or closed during the
 * handshake, and take the alert of a port with TLS for the length of a very long answer.
 */
export function brokerSockets(tls: ConnectionOptions | undefined, events: SocketEvents): ISocketFactory {
  return (args) => {
    const socket = open(args, tls);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.on('error', (error) => events.onFailure(error));
    socket.once('close', (hadError) => {
      if (!hadError) socket.emit('error', new SocketFault('the connection was closed', 'ECONNRESET'));
    });
    if (tls === undefined) {
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] === TLS_ALERT)
          socket.destroy(new SocketFault('the broker speaks TLS at this port', 'ERR_SSL_WRONG_VERSION_NUMBER'));
      });
    }
    events.onOpen(socket);
    return socket;
  };
}

function open({ host, port, onConnect }: ISocketFactoryArgs, tls: ConnectionOptions | undefined): Socket {
  if (tls === undefined) return connect({ host, port }, onConnect);
  return connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect);
}

/** What a socket would tell by itself if it knew. It is wrapped where all errors of sockets are. */
class SocketFault extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}
