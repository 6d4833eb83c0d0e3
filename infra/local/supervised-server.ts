import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { ServerUnavailableError } from './server-error.ts';

const POLL_MS = 100;
/** A server that dies this often without a healthy minute between will not stay up. */
const DEATHS_MAX = 5;
const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 10_000;
/** A server that lived so long has shown that it works: its earlier deaths count no more. */
const HEALTHY_MS = 60_000;

/** A server as its starter hands it over. */
export interface StartedServer {
  readonly process: ProcessIdentity;
  stop(): Promise<void>;
}

/** A server that is kept running. */
export interface SupervisedServer {
  /** Null while there is none, between a death and the next start. */
  process(): ProcessIdentity | null;
  /** Stops the server and its supervision. Harmless when called twice. */
  stop(): Promise<void>;
}

/** How a server is supervised. */
export interface Supervision {
  /** For messages: `Temporal`, `the database (Postgres)`. */
  readonly what: string;
  readonly logFile: string;
  /** Starts the server again, on the same port and the same data. */
  readonly restart: () => Promise<StartedServer>;
  /** Told what happened, for people. */
  readonly onProgress: (text: string) => void;
  /** Called after the server came back, before anybody is told so. */
  readonly onRestarted: () => Promise<void>;
  /** Called once, when the server cannot be kept up; the supervision has ended then. */
  readonly onGivenUp: (error: ServerUnavailableError) => void;
  /** First pause before a start, in ms; it doubles with every death up to 10 s. */
  readonly backoffMsMin?: number;
}

/**
 * Watches a running server and starts it again, after ever longer pauses, when it dies. It gives up
 * after five deaths without a minute of health between them; a start that fails counts as a death.
 */
export function supervise(first: StartedServer, options: Supervision): SupervisedServer {
  const stopping = new AbortController();
  let server: StartedServer | null = first;
  const isStopping = (): boolean => stopping.signal.aborted;

  async function watch(): Promise<void> {
    let deaths = 0;
    let reason: unknown = null;
    while (!isStopping()) {
      if (server !== null) {
        const startedAt = performance.now();
        await untilGone(server.process, stopping.signal);
        if (isStopping()) return;
        server = null;
        if (performance.now() - startedAt > HEALTHY_MS) deaths = 0;
        reason = null;
      }
      deaths += 1;
      if (deaths > DEATHS_MAX) {
        options.onGivenUp(givenUp(options, reason));
        return;
      }
      const pauseMs = backoffMs(deaths, options.backoffMsMin ?? BACKOFF_MS_MIN);
      options.onProgress(
        `${options.what} ${reason === null ? 'died' : 'did not come up'}; starting it again in ` +
          `${(pauseMs / 1000).toFixed(2)} s (${String(deaths)} of ${String(DEATHS_MAX)}; see ${options.logFile})`,
      );
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      try {
        server = await options.restart();
        if (isStopping()) return;
        await options.onRestarted();
        options.onProgress(`${options.what} is up again`);
      } catch (error) {
        reason = error;
      }
    }
  }

  const finished = watch();
  return {
    process: () => server?.process ?? null,
    async stop() {
      stopping.abort();
      // A start that is under way comes to its end first, or its server would stay.
      await finished;
      await server?.stop();
    },
  };
}

function backoffMs(deaths: number, min: number): number {
  return Math.min(min * 2 ** (deaths - 1), BACKOFF_MS_MAX);
}

async function untilGone(identity: ProcessIdentity, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && isRunning(identity)) {
    await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

function givenUp({ what, logFile }: Supervision, reason: unknown): ServerUnavailableError {
  const last = reason instanceof Error ? `; the last try: ${reason.message}` : '';
  return new ServerUnavailableError(
    what,
    `${what} died ${String(DEATHS_MAX + 1)} times in a row and is not started again${last}; ` +
      `read ${logFile}, mend the cause, and run the same command again: what was done is kept`,
    { cause: reason },
  );
}
