import { holdServers } from './held-servers.ts';
import { startPostgres } from './postgres-server.ts';
import { withFreePorts } from './port.ts';

/** The embedded database alone. */
export interface StoreServer {
  readonly databaseUrl: string;
  /** Stops the server. Harmless when called twice. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres on a data directory, without Temporal: for a command that looks at the store and
 * starts no work. Other commands do not find it; they wait until it has gone.
 *
 * @throws {StackAlreadyRunningError} when a process holds this directory.
 * @throws {DataDirectoryError} when the directory cannot be used.
 * @throws {PostgresError} when the server does not come up.
 */
export async function startStoreServer(
  dataDirectory: string,
  onProgress: (text: string) => void,
): Promise<StoreServer> {
  const { servers, stop } = await holdServers(
    dataDirectory,
    (layout) =>
      withFreePorts([undefined], ([port = 0]) =>
        startPostgres({ dataDirectory: layout, port, onProgress }),
      ),
    (server) => server.stop(),
  );
  return { databaseUrl: servers.url, stop };
}
