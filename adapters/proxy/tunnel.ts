import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface TunnelLimits {
  /** Bytes of one connection, both ways together. */
  readonly bytesMax: number;
  /** A connection may last so long, in ms. */
  readonly lifeMs: number;
  /** Nothing moves for so long, in ms; also the longest that connecting takes. */
  readonly idleMs: number;
}

/** Longest that connecting to one address takes: a name may have others, which are tried next. */
const CONNECT_MS_MAX = 10_000;

/** @throws when nobody answers in time. */
export async function connectTo(address: string, port: number, idleMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const giveUp = (): void => {
      socket.destroy(new Error(`${address} does not answer`));
    };
    socket.setTimeout(Math.min(idleMs, CONNECT_MS_MAX), giveUp);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(0);
      socket.off('timeout', giveUp);
      resolve(socket);
    });
  });
}

/**
 * Passes bytes both ways until both sides have ended, one fails or a limit is reached; then both are
 * closed. A side that ended well is followed by the other when that has been given what is queued.
 *
 * @param onEnd is told once, why.
 */
export function joinSockets(
  client: Socket,
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
  const endIdle = (): void => {
    end('nothing moved');
  };
  const life = setTimeout(() => {
    end('it lasted too long');
  }, limits.lifeMs);
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.bytesMax) end('too many bytes');
  };
  const follow = (side: Socket, other: Socket): void => {
    side.on('data', count);
    side.on('error', (error: Error) => {
      end(error.message);
    });
    side.on('close', () => {
      if (isOver) return;
      if (other.destroyed) {
        end('closed');
        return;
      }
      other.end();
      // What it still sends goes nowhere, but unread it would keep its end from being seen.
      other.resume();
      other.setTimeout(limits.idleMs, endIdle);
    });
  };
  follow(client, target);
  follow(target, client);
  // Whatever moves while both are open, moves through the target.
  target.setTimeout(limits.idleMs, endIdle);
  client.pipe(target);
  target.pipe(client);
}
