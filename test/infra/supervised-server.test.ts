import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { identify, isRunning } from '../../adapters/launchers/process-table.ts';
import type { ServerUnavailableError } from '../../infra/local/server-error.ts';
import { stopProcess, until } from '../../infra/local/server-process.ts';
import { supervise } from '../../infra/local/supervised-server.ts';
import type {
  StartedServer,
  SupervisedServer,
  Supervision,
} from '../../infra/local/supervised-server.ts';
import { findRunningStack, startLocalStack } from '../../infra/local/stack.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const running: SupervisedServer[] = [];
let lines: string[];
let restarts: number;
let lost: ServerUnavailableError | null;

beforeEach(() => {
  lines = [];
  restarts = 0;
  lost = null;
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** A process that does nothing, as a server that can be killed. */
async function startSleeper(seconds = 600): Promise<StartedServer> {
  const child = spawn('sleep', [String(seconds)], { stdio: 'ignore', detached: true });
  child.unref();
  await once(child, 'spawn');
  const identity = identify(Number(child.pid));
  if (identity === null) throw new Error('the sleeper is not in /proc');
  return { process: identity, stop: () => stopProcess(identity, []) };
}

async function superviseSleeper(more: Partial<Supervision> = {}): Promise<SupervisedServer> {
  const server = supervise(await startSleeper(), {
    what: 'the sleeper',
    logFile: 'sleeper.log',
    backoffMsMin: 5,
    restart: async () => {
      restarts += 1;
      return startSleeper();
    },
    onProgress: (text) => lines.push(text),
    onRestarted: () => Promise.resolve(),
    onGivenUp: (error) => {
      lost = error;
    },
    ...more,
  });
  running.push(server);
  return server;
}

async function kill(server: SupervisedServer): Promise<void> {
  const victim = server.process();
  if (victim === null) throw new Error('there is no server to kill');
  process.kill(victim.pid, 'SIGKILL');
  await until(() => server.process()?.pid !== victim.pid, 5_000);
}

describe('supervise', () => {
  it('starts a server again that was killed, and says so twice', async () => {
    const server = await superviseSleeper();

    await kill(server);
    await until(() => lines.length === 2, 5_000);

    expect(restarts).toBe(1);
    expect(server.process()).not.toBeNull();
    expect(lines).toEqual([
      'the sleeper died; starting it again in 0.01 s (1 of 5; see sleeper.log)',
      'the sleeper is up again',
    ]);
  });

  it('gives up with the reason when the server does not come up, and starts none any more', async () => {
    const server = await superviseSleeper({
      restart: () => {
        restarts += 1;
        return Promise.reject(new Error('no space left on the disk'));
      },
    });

    await kill(server);
    await until(() => lost !== null, 5_000);

    expect(restarts).toBe(5);
    expect(lost?.name).toBe('ServerUnavailableError');
    expect(lost?.message).toMatch(
      /the sleeper died 6 times .* no space left on the disk.*sleeper\.log/,
    );
  });

  it('leaves a server stopped that was stopped, also while it is just coming up', async () => {
    let started: StartedServer | null = null;
    const server = await superviseSleeper({
      restart: async () => {
        started = await startSleeper();
        // Between the start and its report the stop arrives.
        await new Promise((resolve) => setTimeout(resolve, 50));
        return started;
      },
    });

    await kill(server);
    await until(() => started !== null, 5_000);
    await server.stop();
    await server.stop();

    expect(isRunning((started as unknown as StartedServer).process)).toBe(false);
    expect(lost).toBeNull();
  });
});

describe('startLocalStack', () => {
  it('starts Temporal and Postgres again when they are killed, at the same addresses', async () => {
    const directory = await scratchDirectory('supervised');
    const dataDirectory = `${directory}/data`;
    const environment = { PATH: process.env['PATH'] ?? '' };
    const stack = await startLocalStack({
      dataDirectory,
      environment,
      onProgress: (text) => lines.push(text),
    });
    try {
      const before = serversOf(directory);
      lines.length = 0;

      for (const pid of before) process.kill(pid, 'SIGKILL');
      const areUp = await until(
        () => lines.filter((line) => line.endsWith('is up again')).length === 2,
        30_000,
      );

      expect(areUp).toBe(true);
      const found = await findRunningStack(dataDirectory);
      expect(found).toMatchObject({
        databaseUrl: stack.databaseUrl,
        temporalAddress: stack.temporalAddress,
      });
      expect(lines.filter((line) => line.includes('died'))).toHaveLength(2);
    } finally {
      await stack.stop();
    }
    requireNoProcessOf(directory);
  }, 90_000);
});

/** Pids of the two servers, from the record that the stack keeps for other commands. */
function serversOf(directory: string): number[] {
  const record = JSON.parse(readFileSync(`${directory}/data/stack.json`, 'utf8')) as {
    servers: { pid: number }[];
  };
  return record.servers.map(({ pid }) => pid);
}
