import { join } from 'node:path';
import { chosenArtifacts } from '../../adapters/artifacts/artifact-location.ts';
import { identify, isRunning } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { dataDirectoryLayout } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { holdServers } from './held-servers.ts';
import { stopLeftoverPostgres, stopLeftoverTemporal } from './leftover-servers.ts';
import { withFreePorts } from './port.ts';
import { startPostgres } from './postgres-server.ts';
import type { ServerUnavailableError } from './server-error.ts';
import { readStackFile, removeStackFile, writeStackFile } from './stack-file.ts';
import type { StackRecord } from './stack-file.ts';
import { supervise } from './supervised-server.ts';
import type { Supervision } from './supervised-server.ts';
import { findTemporalBinary } from './temporal-binary.ts';

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
  /** The artifact store: a directory, or an `s3://` URL. */
  readonly artifacts: string;
  readonly jobsDirectory: string;
  /** The process that started the servers, and keeps the worker running. */
  readonly ownerPid: number;
  /**
   * Resolves when a server of this stack died again and again and is not started any more; never
   * for a stack of somebody else's.
   */
  readonly givenUp: Promise<ServerUnavailableError>;
  /** Stops what was started for this stack. Harmless when called twice. */
  stop(): Promise<void>;
}

/** How a stack is started. */
export interface StackOptions {
  readonly dataDirectory: string;
  /** A port that is given must be free; for the others free ones are chosen. */
  readonly ports?: Partial<StackPorts>;
  readonly onProgress: (text: string) => void;
  /**
   * Where `DATABASE_URL`, `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE` and `STRATEGY_LOOP_ARTIFACTS`
   * are read.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts Postgres and Temporal on a data directory and cleans up after an owner that was killed.
 * A server that dies is started again, on the same port and the same data; `onProgress` says so.
 * Servers that the environment names are used instead, and neither started nor stopped.
 *
 * @throws {ArtifactSettingsError} when STRATEGY_LOOP_ARTIFACTS is no place for artifacts.
 * @throws {StackAlreadyRunningError} when a process runs a stack on this directory.
 * @throws {DataDirectoryError} when the directory cannot be used.
 * @throws {PortInUseError} when a given port is not free.
 * @throws {ServerUnavailableError} when a server that the environment names does not answer, or
 *   Temporal does not come up.
 * @throws {TemporalBinaryError} when there is no Temporal server for this machine.
 * @throws {PostgresError} when the database server does not come up.
 */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  let giveUp: (error: ServerUnavailableError) => void = () => undefined;
  const givenUp = new Promise<ServerUnavailableError>((resolve) => {
    giveUp = resolve;
  });
  const { servers, layout, stop } = await holdServers(
    options.dataDirectory,
    (directory) => startRecorded(directory, options, giveUp),
    ({ database, temporal }) => Promise.all([database.stop(), temporal.stop()]),
  );
  return { ...stackOf(layout, recordOf(servers)), givenUp, stop };
}

/** Starts the servers and tells other commands about them. */
async function startRecorded(
  layout: DataDirectory,
  { onProgress, ...options }: StackOptions,
  onGivenUp: Care['onGivenUp'],
): Promise<StackParts> {
  const artifacts = chosenArtifacts(options.environment ?? process.env, layout.artifacts);
  await removeStackFile(layout.stackFile);
  const started: { servers: StackParts | null } = { servers: null };
  // A server that came back has a new pid, which other commands go by.
  const onRestarted = async (): Promise<void> => {
    if (started.servers === null) return;
    await writeStackFile(layout.stackFile, recordOf(started.servers));
  };
  const care = { onProgress, onRestarted, onGivenUp };
  const servers = {
    ...(await startServers(layout, { ...options, onProgress }, care)),
    artifacts,
  };
  started.servers = servers;
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
  const never = new Promise<never>(() => undefined);
  return { ...stackOf(layout, record), givenUp: never, stop: () => Promise.resolve() };
}

/** What a stack consists of: its servers, and where its worker keeps artifacts. */
interface StackParts extends Servers {
  readonly artifacts: string;
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
  process(): ProcessIdentity | null;
  stop(): Promise<void>;
}

const NOT_OURS: Server = { process: () => null, stop: () => Promise.resolve() };

/** What the supervision of every server of a stack shares. */
type Care = Pick<Supervision, 'onProgress' | 'onRestarted' | 'onGivenUp'>;

/** Starts both at the same time; when one fails, the other is stopped again. */
async function startServers(
  layout: DataDirectory,
  options: StackOptions,
  care: Care,
): Promise<Servers> {
  const environment = options.environment ?? process.env;
  const [database, temporal] = await Promise.allSettled([
    startDatabase(layout, options, care, environment['DATABASE_URL'] ?? ''),
    startOrUseTemporal(layout, options, care, environment),
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
  care: Care,
  url: string,
): Promise<Servers['database']> {
  if (url !== '') {
    await stopLeftoverPostgres(layout, onProgress);
    const { requireDatabase } = await import('./external-servers.ts');
    await requireDatabase(url);
    return { ...NOT_OURS, url };
  }
  const start = (port: number) => startPostgres({ dataDirectory: layout, port, onProgress });
  const first = await withFreePorts([ports?.postgres], ([port = 0]) => start(port));
  const supervised = supervise(first, {
    ...care,
    what: 'the database (Postgres)',
    logFile: join(layout.logs, 'postgres.log'),
    restart: () => start(first.port),
  });
  return { url: first.url, ...supervised };
}

async function startOrUseTemporal(
  layout: DataDirectory,
  { ports, onProgress }: StackOptions,
  care: Care,
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
  const logFile = join(layout.logs, 'temporal.log');
  const databaseFile = join(layout.temporal, 'temporal.db');
  const start = ([port = 0, uiPort = 0]: readonly number[]) =>
    startTemporal({ binary, databaseFile, port, uiPort, logFile, onProgress });
  let chosen: readonly number[] = [];
  const first = await withFreePorts([ports?.temporal, ports?.temporalUi], (found) => {
    chosen = found;
    return start(found);
  });
  const supervised = supervise(first, {
    ...care,
    what: 'Temporal',
    logFile,
    restart: () => start(chosen),
  });
  return { address: first.address, uiUrl: first.uiUrl, namespace: 'default', ...supervised };
}

function recordOf({ database, temporal, artifacts }: StackParts): StackRecord {
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
    artifacts,
    servers: [database.process(), temporal.process()].filter((each) => each !== null),
  };
}

function stackOf(layout: DataDirectory, record: StackRecord): Omit<LocalStack, 'givenUp' | 'stop'> {
  return {
    databaseUrl: record.databaseUrl,
    temporalAddress: record.temporalAddress,
    namespace: record.namespace,
    uiUrl: record.uiUrl,
    artifacts: record.artifacts,
    jobsDirectory: layout.jobs,
    ownerPid: record.owner.pid,
  };
}
