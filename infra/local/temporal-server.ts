import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { identify } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { SearchAttribute } from '../../schemas/search-attribute.ts';
import { stopLeftoverTemporal, TEMPORAL_STOP } from './leftover-servers.ts';
import { logTail, openLog } from './log-file.ts';
import { isListening, LOOPBACK, requireFreePort } from './port.ts';
import { PortInUseError, ServerUnavailableError } from './server-error.ts';
import { hasEnded, stopProcess, until } from './server-process.ts';

const START_MS_MAX = 60_000;

/**
 * For its parts among themselves the server takes ports that are free when it looks; another program
 * may have one by the time it listens there, and then it ends. So an early end is not yet a failure.
 */
const STARTS_MAX = 4;
const PAUSE_MS = 250;

/**
 * The development server polls its queues at most 20 times a second, which costs an activity
 * 110 ms; with these it costs 25 ms (measured 2026-11-21, server 1.29.1). The last one lets a short
 * timer fire when it is due and not with the next second.
 */
const DYNAMIC_CONFIGURATION = {
  'history.transferProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxPollRPS': 1000,
  'history.visibilityProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxTimeShift': '10ms',
} as const;

/** A Temporal server that runs on this machine. */
export interface TemporalServer {
  /** host:port of the gRPC service. */
  readonly address: string;
  readonly uiUrl: string;
  readonly process: ProcessIdentity;
  stop(): Promise<void>;
}

/** How the server is started. */
export interface TemporalOptions {
  /** The `temporal` program. */
  readonly binary: string;
  /** SQLite file, in a directory that nothing else uses; made when it is missing. */
  readonly databaseFile: string;
  readonly port: number;
  readonly uiPort: number;
  readonly logFile: string;
  readonly onProgress: (text: string) => void;
}

/**
 * Starts a Temporal server with its UI; a server that a killed command left on the same database is
 * stopped first. It listens on this machine only, and in a process group of its own, so that Ctrl-C
 * in the terminal does not reach it.
 *
 * @throws {PortInUseError} when a port is not free.
 * @throws {ServerUnavailableError} when the server does not come up.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (!(error instanceof EarlyEndError) || starts === STARTS_MAX) {
        throw error;
      }
      options.onProgress(
        `Temporal ended as it started${firstLine(error.said)}; starting it again ` +
          `(${String(starts + 1)} of ${String(STARTS_MAX)})`,
      );
      await sleep(PAUSE_MS * starts);
    }
  }
}

/** It ended by itself, and not because one of the ports that it was given is taken. */
class EarlyEndError extends ServerUnavailableError {
  /** What it wrote at last; may be empty. */
  readonly said: string;

  constructor(message: string, said: string, options: ErrorOptions) {
    super('Temporal', message, options);
    this.said = said;
  }
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line === '' ? '' : ` (${line})`;
}

async function startOnce(options: TemporalOptions): Promise<TemporalServer> {
  const { binary, port, uiPort, onProgress } = options;
  const directory = dirname(options.databaseFile);
  await mkdir(directory, { recursive: true });
  await stopLeftoverTemporal(directory, onProgress);
  await requireFreePort(port, 'Temporal');
  await requireFreePort(uiPort, 'the Temporal UI');
  const log = await openLog(options.logFile);
  const child = spawn(binary, serverArguments(options), {
    detached: true,
    // Also how leftovers are found.
    cwd: directory,
    // No configuration of a user's own may reach the server.
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, TZ: 'UTC' },
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  log.close();
  child.unref();
  return {
    address: `${LOOPBACK}:${String(port)}`,
    uiUrl: `http://${LOOPBACK}:${String(uiPort)}`,
    ...(await untilServing(child, options, log.startsAt)),
  };
}

function serverArguments({ databaseFile, port, uiPort }: TemporalOptions): string[] {
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--db-filename', databaseFile],
    ...['--port', String(port), '--ui-port', String(uiPort), '--log-level', 'error'],
    ...Object.values(SearchAttribute).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries(DYNAMIC_CONFIGURATION).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${JSON.stringify(value)}`,
    ]),
  ];
}

async function untilServing(
  child: ChildProcess,
  { port, uiPort, logFile }: TemporalOptions,
  logStartsAt: number,
): Promise<Pick<TemporalServer, 'process' | 'stop'>> {
  const failure = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error('it ended'));
    });
  });
  // It also rejects later, when the server is stopped and nobody listens any more.
  failure.catch(() => undefined);
  try {
    const isOpen = until(async () => hasEnded(child) || (await isListening(port)), START_MS_MAX);
    if (!(await Promise.race([isOpen, failure]))) {
      throw new Error(`it was not ready after ${String(START_MS_MAX / 1000)} s`);
    }
    await Promise.race([requireNamespace(`${LOOPBACK}:${String(port)}`, 'default'), failure]);
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (identity === null) {
      throw new Error('it ended');
    }
    return { process: identity, stop: () => stopProcess(identity, TEMPORAL_STOP) };
  } catch (error) {
    child.kill('SIGKILL');
    const said = await logTail(logFile, logStartsAt);
    const taken = Number(/:(\d+): bind: address already in use/.exec(said)?.[1]);
    if (taken === port || taken === uiPort) {
      const what = taken === uiPort ? 'the Temporal UI' : 'Temporal';
      throw new PortInUseError(taken, what, { cause: error });
    }
    const message = `the Temporal server did not start: ${String(error)}; the end of ${logFile}:\n${said}`;
    throw child.exitCode === null
      ? new ServerUnavailableError('Temporal', message, { cause: error })
      : new EarlyEndError(message, said, { cause: error });
  }
}

/**
 * @throws when the server at that address does not answer within 10 s, or has no such namespace.
 */
export async function requireNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '10s' });
  try {
    let lastError: unknown;
    const isThere = await until(async () => {
      try {
        await connection.workflowService.describeNamespace({ namespace });
        return true;
      } catch (error) {
        lastError = error;
        return false;
      }
    }, 10_000);
    if (!isThere) {
      throw lastError;
    }
  } finally {
    await connection.close();
  }
}
