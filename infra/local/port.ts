import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PortInUseError } from './server-error.ts';

export const LOOPBACK = '127.0.0.1';

/** A host that drops packets does not answer at all. */
const CONNECT_MS_MAX = 5_000;

const PORT_TRIES = 3;

/** @returns ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    // All are held at the same time, so that no two are the same.
    return await Promise.all(
      servers.map(async (server) => {
        server.listen(0, LOOPBACK);
        await once(server, 'listening');
        return (server.address() as AddressInfo).port;
      }),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/**
 * @param what the server that wants the port, for the message.
 * @throws {PortInUseError} when another program listens there.
 */
export async function requireFreePort(port: number, what: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new PortInUseError(port, what, { cause: error })
      : error;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/**
 * @returns whether somebody speaks HTTP/2 there, as every gRPC server does. The kernel accepts
 *   connections for a server that is suspended or stuck; only the server itself greets.
 */
export function greetsHttp2(port: number, host: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`);
    const answer = (isThere: boolean): void => {
      session.destroy();
      resolve(isThere);
    };
    session.setTimeout(timeoutMs, () => {
      answer(false);
    });
    session.once('remoteSettings', () => {
      answer(true);
    });
    session.once('error', () => {
      answer(false);
    });
    session.once('close', () => {
      answer(false);
    });
  });
}

/** @returns whether somebody accepts connections there. */
export function isListening(port: number, host: string = LOOPBACK): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host });
    const answer = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(CONNECT_MS_MAX, () => {
      answer(false);
    });
    socket.once('connect', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
  });
}

/**
 * Starts a server on the given ports, and on free ones where none is given. A free port may be lost
 * to another program before the server has it; then it is tried again.
 *
 * @throws {PortInUseError} when a given port is taken, or free ones were lost again and again.
 */
export async function withFreePorts<T>(
  given: readonly (number | undefined)[],
  start: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const free = await freePorts(given.length);
    try {
      return await start(given.map((port, index) => port ?? free[index] ?? 0));
    } catch (error) {
      const isOurChoice = error instanceof PortInUseError && !given.includes(error.port);
      if (!isOurChoice || tries === PORT_TRIES) {
        throw error;
      }
    }
  }
}
