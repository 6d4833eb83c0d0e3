import { join } from 'node:path';
import { identify, isRunning } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { dataDirectoryLayout, openDataDirectory } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { freePorts } from './port.ts';
import { stopLeftoverPostgres, stopLeftoverTemporal } from './leftover-servers.ts';
import { startPostgres } from './postgres-server.ts';
import { PortInUseError } from './server-error.ts';
import { readStackFile, removeStackFile, writeStackFile } from './stack-file.ts';
import type { StackRecord } from './stack-file.ts';
import { guardServers } from './stack-guard.ts';
import { lockDataDirectory } from './stack-lock.ts';
import { findTemporalBinary } from './temporal-binary.ts';

/** A free port may be lost to another program before the server has it; then we try again. */
const PORT_TRIES = 3;

/** Ports of the embedded servers. */
export interface StackPorts {
  readonly postgres: number;
  readonly temporal: number;
  readonly temporalUi: number;
}

/** Servers and directories that the loop runs on. */
export interface LocalStack {
  readonly databaseUrl: string;
  /** host:port */
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Null when Temporal is somebody else's: where its UI is, we do not know. */
  readonly uiUrl: string | null;
  readonly artifactsDirectory: string;
  readonly jobsDirectory: string;
  /** The process that started the servers, and keeps the worker running. */
  readonly ownerPid: number;
  /** Stops what was started for this stack. Harmless when called twice. */
  stop(): Promise<void>;
}

/** How a stack is started. */
export interface StackOptions {
  readonly dataDirectory: string;
  /** A port that is given must be free; for the others free ones are chosen. */
  readonly ports?: Partial<StackPorts>;
  readonly onProgress: (text: string) => void;
  /** Where `DATABASE_URL`, `TEMPORAL_ADDRESS` and `TEMPORAL_NAMESPACE` are read. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts Postgres and Temporal on a data directory and cleans up after an owner that was killed.
 * Servers that the environment names are used instead, and neither started nor stopped.
 *
 * @throws {StackAlreadyRunningError} when a process runs a stack on this directory.
 * @throws {DataDirectoryError} when the directory cannot be used.
 * @throws {PortInUseError} when a given port is not free.
 * @throws {ServerUnavailableError} when a server that the environment names does not answer, or
 *   Temporal does not come up.
 * @throws {TemporalBinaryError} when there is no Temporal server for this machine.
 * @throws {PostgresError} when the database server does not come up.
 */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const layout = await openDataDirectory(options.dataDirectory);
  const lock = await lockDataDirectory(layout.root);
  const starting = startRecorded(layout, options);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= stopAll());
  const releaseGuard = guardServers(stop);
  const stopAll = async (): Promise<void> => {
    // Other commands must not find servers that are about to go.
    await removeStackFile(layout.stackFile);
    const servers = await starting.catch(() => null);
    await Promise.all([servers?.database.stop(), servers?.temporal.stop()]);
    await removeStackFile(layout.stackFile);
    await lock.release();
    releaseGuard();
  };
  try {
    return { ...stackOf(layout, recordOf(await starting)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the servers and tells other commands about them. */
async function startRecorded(layout: DataDirectory, options: StackOptions): Promise<Servers> {
  await removeStackFile(layout.stackFile);
  const servers = await startServers(layout, options);
  await writeStackFile(layout.stackFile, recordOf(servers));
  return servers;
}

/**
 * Finds the stack that a process runs on a data directory. Stopping it here does nothing: it belongs
 * to its owner.
 *
 * @returns null when there is none, or it is just coming up or going down.
 */
export async function findRunningStack(dataDirectory: string): Promise<LocalStack | null> {
  const layout = dataDirectoryLayout(dataDirectory);
  const record = await readStackFile(layout.stackFile);
  if (record === null || ![record.owner, ...record.servers].every(isRunning)) {
    return null;
  }
  return { ...stackOf(layout, record), stop: () => Promise.resolve() };
}

interface Servers {
  readonly database: Server & { readonly url: string };
  readonly temporal: Server & {
    readonly address: string;
    readonly namespace: string;
    readonly uiUrl: string | null;
  };
}

/** A server, and how to stop it; without a process when it is not ours. */
interface Server {
  readonly process: ProcessIdentity | null;
  stop(): Promise<void>;
}

const NOT_OURS: Server = { process: null, stop: () => Promise.resolve() };

/** Starts both at the same time; when one fails, the other is stopped again. */
async function startServers(layout: DataDirectory, options: StackOptions): Promise<Servers> {
  const environment = options.environment ?? process.env;
  const [database, temporal] = await Promise.allSettled([
    startDatabase(layout, options, environment['DATABASE_URL'] ?? ''),
    startOrUseTemporal(layout, options, environment),
  ]);
  if (database.status === 'fulfilled' && temporal.status === 'fulfilled') {
    return { database: database.value, temporal: temporal.value };
  }
  for (const outcome of [database, temporal]) {
    if (outcome.status === 'fulfilled') {
      await outcome.value.stop();
    }
  }
  throw database.status === 'rejected'
    ? database.reason
    : (temporal as PromiseRejectedResult).reason;
}

async function startDatabase(
  layout: DataDirectory,
  { ports, onProgress }: StackOptions,
  url: string,
): Promise<Servers['database']> {
  if (url !== '') {
    await stopLeftoverPostgres(layout, onProgress);
    const { requireDatabase } = await import('./external-servers.ts');
    await requireDatabase(url);
    return { ...NOT_OURS, url };
  }
  return withPorts([ports?.postgres], ([port = 0]) =>
    startPostgres({ dataDirectory: layout, port, onProgress }),
  );
}

async function startOrUseTemporal(
  layout: DataDirectory,
  { ports, onProgress }: StackOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Servers['temporal']> {
  const address = environment['TEMPORAL_ADDRESS'] ?? '';
  if (address !== '') {
    const namespace = environment['TEMPORAL_NAMESPACE'] ?? 'default';
    await stopLeftoverTemporal(layout.temporal, onProgress);
    const { requireTemporal } = await import('./external-servers.ts');
    await requireTemporal(address, namespace);
    return { ...NOT_OURS, address, namespace, uiUrl: null };
  }
  const binary = await findTemporalBinary({ onProgress, environment });
  // Temporal's client takes longest to load: commands that only look for a stack do without.
  const { startTemporal } = await import('./temporal-server.ts');
  const server = await withPorts([ports?.temporal, ports?.temporalUi], ([port = 0, uiPort = 0]) =>
    startTemporal({
      binary,
      databaseFile: join(layout.temporal, 'temporal.db'),
      port,
      uiPort,
      logFile: join(layout.logs, 'temporal.log'),
      onProgress,
    }),
  );
  return { ...server, namespace: 'default' };
}

function recordOf({ database, temporal }: Servers): StackRecord {
  const owner = identify(process.pid);
  if (owner === null) {
    throw new Error('this process is not in /proc');
  }
  return {
    owner,
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    namespace: temporal.namespace,
    uiUrl: temporal.uiUrl,
    servers: [database.process, temporal.process].filter((each) => each !== null),
  };
}

function stackOf(layout: DataDirectory, record: StackRecord): Omit<LocalStack, 'stop'> {
  return {
    databaseUrl: record.databaseUrl,
    temporalAddress: record.temporalAddress,
    namespace: record.namespace,
    uiUrl: record.uiUrl,
    artifactsDirectory: layout.artifacts,
    jobsDirectory: layout.jobs,
    ownerPid: record.owner.pid,
  };
}

/** Starts a server on the given ports, and on free ones where none is given. */
async function withPorts<T>(
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
