import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { identify } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import type { DataDirectory } from './data-directory.ts';
import { POSTGRES_STOP, stopLeftoverPostgres } from './leftover-servers.ts';
import { logTail, openLog } from './log-file.ts';
import { freePorts, LOOPBACK, requireFreePort } from './port.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { DATABASE_USER, openCluster } from './postgres-cluster.ts';
import type { Cluster } from './postgres-cluster.ts';
import { PortInUseError, PostgresError } from './server-error.ts';
import { hasEnded, stopProcess, until } from './server-process.ts';
import { databaseUser, identityOf } from './system-user.ts';

const WHAT = 'the database (Postgres)';
const DATABASE = 'strategy_loop';
/** Recovery after a crash may take its time; a healthy start takes half a second. */
const START_MS_MAX = 120_000;

/** A server that listens on this machine. */
export interface PostgresServer {
  /** With user and password. */
  readonly url: string;
  readonly port: number;
  readonly process: ProcessIdentity;
  stop(): Promise<void>;
}

/** How the embedded database server is started. */
export interface PostgresOptions {
  readonly dataDirectory: DataDirectory;
  /** Absent: a free one is taken. */
  readonly port?: number;
  readonly onProgress: (text: string) => void;
}

/**
 * Starts the embedded database server on a data directory; a server that a killed command left
 * there is stopped first. It listens on this machine only, and in a process group of its own, so
 * that Ctrl-C in the terminal does not reach it.
 *
 * @throws {PortInUseError} when the port is not free.
 * @throws {DataDirectoryError} when there is no place for the cluster.
 * @throws {PostgresError} when the server does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dataDirectory, onProgress } = options;
  const binaries = await postgresBinaries();
  const cluster = await openCluster(dataDirectory, binaries, await databaseUser());
  await stopLeftoverPostgres(dataDirectory, onProgress);
  if (options.port !== undefined) {
    await requireFreePort(options.port, WHAT);
  }
  const [free = 0] = await freePorts(1);
  const port = options.port ?? free;
  const log = await openLog(join(dataDirectory.logs, 'postgres.log'));
  const child = spawn(binaries.postgres, serverArguments(cluster.directory, port), {
    detached: true,
    // The server goes to its cluster by itself.
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log.descriptor, log.descriptor],
    ...identityOf(cluster.user),
  });
  log.close();
  child.unref();
  const server = await untilReady(child, { cluster, port, logPath: log.path });
  try {
    await createDatabase(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function serverArguments(directory: string, port: number): string[] {
  // fsync, full_page_writes and synchronous_commit stay on: what is acknowledged is on the disk.
  const settings = {
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return [
    ...['-D', directory],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

interface Starting {
  readonly cluster: Cluster;
  readonly port: number;
  readonly logPath: string;
}

async function untilReady(
  child: ChildProcess,
  { cluster, port, logPath }: Starting,
): Promise<PostgresServer> {
  const failure = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error('it ended'));
    });
  });
  // It also rejects later, when the server is stopped and nobody listens any more.
  failure.catch(() => undefined);
  try {
    const isReady = until(
      async () => hasEnded(child) || (await isAccepting(cluster.directory, child.pid)),
      START_MS_MAX,
    );
    if (!(await Promise.race([isReady, failure]))) {
      throw new Error(`it was not ready after ${String(START_MS_MAX / 1000)} s`);
    }
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (identity === null) {
      throw new Error('it ended');
    }
    const login = `${DATABASE_USER}:${cluster.password}`;
    return {
      url: `postgres://${login}@${LOOPBACK}:${String(port)}/${DATABASE}`,
      port,
      process: identity,
      stop: () => stopProcess(identity, POSTGRES_STOP),
    };
  } catch (error) {
    child.kill('SIGQUIT');
    const tail = await logTail(logPath);
    if (/could not bind IPv4 address .*: Address already in use/.test(tail)) {
      throw new PortInUseError(port, WHAT, { cause: error });
    }
    throw new PostgresError(
      `the database server did not start: ${String(error)}; the end of ${logPath}:\n${tail}`,
      { cause: error },
    );
  }
}

/** The server writes its pid into the first line and its state into the eighth. */
async function isAccepting(directory: string, pid: number | undefined): Promise<boolean> {
  const lines = await readFile(join(directory, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) {
      await client.query(`create database ${DATABASE}`);
    }
  } finally {
    await client.end();
  }
}
