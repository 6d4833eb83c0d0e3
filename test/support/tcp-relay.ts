import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Passes on what comes in at a port of its own. */
export interface TcpRelay {
  readonly port: number;
  close(): Promise<void>;
}

interface TcpRelayOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Address that it listens at. */
  readonly host: string;
  /** Passes bytes on between the two; both ways and unchanged by default. */
  readonly pass?: (client: Socket, upstream: Socket) => void;
}

function passBoth(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

/** Stands between a server and its clients: for containers to reach it, or to do something to it. */
export async function startTcpRelay({
  target,
  host,
  pass = passBoth,
}: TcpRelayOptions): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(target);
    pass(client, upstream);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
