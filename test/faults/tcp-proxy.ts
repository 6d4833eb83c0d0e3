import { startTcpRelay } from '../support/tcp-relay.ts';

/** Stands between a worker and Postgres and can swallow the answer to a COMMIT. */
export interface PostgresProxy {
  readonly port: number;
  /** The next COMMIT reaches the server; its connection breaks in place of the answer. */
  cutAfterCommit(): void;
  /** How often it has. */
  cuts(): number;
  close(): Promise<void>;
}

/** A simple query message of the protocol: type, length, text, zero. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

export async function startPostgresProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<PostgresProxy> {
  let isArmed = false;
  let cuts = 0;
  const relay = await startTcpRelay({
    target,
    host: '127.0.0.1',
    pass(client, upstream) {
      let isCommitting = false;
      client.on('data', (bytes) => {
        if (isArmed && bytes.includes(COMMIT)) {
          isArmed = false;
          isCommitting = true;
        }
        upstream.write(bytes);
      });
      upstream.on('data', (bytes) => {
        if (!isCommitting) {
          client.write(bytes);
          return;
        }
        // The server has answered, so it has committed; nobody will know.
        cuts += 1;
        upstream.destroy();
        client.destroy();
      });
    },
  });
  return {
    ...relay,
    cutAfterCommit() {
      isArmed = true;
    },
    cuts: () => cuts,
  };
}
