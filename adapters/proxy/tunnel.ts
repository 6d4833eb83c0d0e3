import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TunnelLimits {
  /** Bytes of one connection, both ways together. */
  readonly bytesMax: number;
  /** A connection may last so long, in ms. */
  readonly lifeMs: number;
  /** Nothing moves for so long, in ms; also the longest that connecting takes. */
  readonly idleMs: number;
}

/** @throws when nobody answers in time. */
export async function connectTo(address: string, port: number, idleMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    socket.setTimeout(idleMs, () => {
      socket.destroy(new Error(`${address} does not answer`));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/**
 * Passes bytes both ways until one side ends or a limit is reached; then both are closed.
 *
 * @param onEnd is told once, why.
 */
export function joinSockets(
  client: Duplex,
  target: Socket,
  limits: TunnelLimits,
  onEnd: (reason: string) => void,
): void {
  let bytes = 0;
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(life);
    client.destroy();
    target.destroy();
    onEnd(`${reason}, ${String(bytes)} bytes`);
  };
  const life = setTimeout(() => {
    end('it lasted too long');
  }, limits.lifeMs);
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.bytesMax) end('too many bytes');
  };
  for (const side of [client, target]) {
    side.on('data', count);
    side.on('error', (error: Error) => {
      end(error.message);
    });
    side.on('close', () => {
      end('closed');
    });
  }
  // Whatever moves, moves through the target.
  target.setTimeout(limits.idleMs, () => {
    end('nothing moved');
  });
  client.pipe(target);
  target.pipe(client);
}
