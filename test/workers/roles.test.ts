import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';
import { launchTaskQueue, LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { NomadDouble } from '../support/nomad-double.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;
const COMMAND = [process.execPath, packagePath('bin/strategy-loop.js'), 'worker'];

type Role = 'workflows' | 'store' | 'launch';

let loop: TestLoop;
let nomadLoop: TestLoop;
let nomad: NomadDouble;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  loop = await openTestLoop();
  nomadLoop = await openTestLoop();
  nomad = new NomadDouble(await scratchDirectory('nomad-double'));
  nomad.token = 'hunter2';
  await nomad.listen();
});

afterAll(async () => {
  await Promise.all(
    workers.map(async (worker) => {
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }),
  );
  await nomad.close();
  await loop.close();
  await nomadLoop.close();
});

/** Settings of a role, and nothing else: no variable of this process is handed on. */
function settingsOf(role: Role, of: TestLoop = loop): Record<string, string> {
  const { stack } = of.session;
  const temporal = { TEMPORAL_ADDRESS: stack.temporalAddress };
  const artifacts = { STRATEGY_LOOP_ARTIFACTS: stack.artifacts };
  if (role === 'workflows') return temporal;
  if (role === 'store') return { ...temporal, ...artifacts, DATABASE_URL: stack.databaseUrl };
  return { ...temporal, ...artifacts, STRATEGY_LOOP_JOBS: stack.jobsDirectory };
}

async function start(of: TestLoop, role: Role, ...more: string[]): Promise<ChildProcess> {
  const home = join(of.dataDirectory, `home-${role}`);
  await mkdir(home, { recursive: true });
  const token = join(home, 'token');
  await writeFile(token, 'hunter2\n');
  const given = more.includes('nomad')
    ? {
        NOMAD_ADDR: nomad.address,
        NOMAD_NAMESPACE: nomad.namespace,
        STRATEGY_LOOP_NOMAD_TOKEN_FILE: token,
        STRATEGY_LOOP_IMAGE: 'strategy-loop:test',
      }
    : {};
  const [program = '', ...words] = [...COMMAND, '--role', role, ...more];
  const worker = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...settingsOf(role, of), ...given },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workers.push(worker);
  let text = '';
  await new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"msg":"ready"')) resolve();
    });
    worker.once('exit', () => {
      reject(new Error(`the ${role} worker ended before it was ready:\n${text}`));
    });
  });
  return worker;
}

async function releaseIdsOf({ session }: TestLoop): Promise<string[]> {
  const { rows } = await session.pool.query<{ release_id: string }>(
    'select release_id from releases order by version',
  );
  return rows.map((row) => row.release_id);
}

/** Who takes work from a queue, by the name of its role. */
async function pollersOf(name: string, taskQueueType: number): Promise<string[]> {
  const { pollers } = await loop.session.client.workflowService.describeTaskQueue({
    namespace: loop.session.stack.namespace,
    taskQueue: { name },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that is not installed by itself
    taskQueueType,
  });
  const names = pollers.map(({ identity }) => (identity ?? '').replace(/ \d+ on .*$/, ''));
  return [...new Set(names)];
}

describe('strategy-loop worker', () => {
  it('runs a retrain on three processes, of which each holds the rights of its role alone', async () => {
    await start(loop, 'workflows');
    await start(loop, 'store');
    await start(loop, 'launch', '--launcher', 'process');

    await loop.firstRelease('rsi-macd');

    expect(await releaseIdsOf(loop)).toHaveLength(1);
    const queues = await Promise.all([
      pollersOf(TaskQueue.Workflows, WORKFLOW_QUEUE),
      pollersOf(TaskQueue.Store, ACTIVITY_QUEUE),
      pollersOf(launchTaskQueue(LauncherKind.Process), ACTIVITY_QUEUE),
    ]);
    expect(queues).toEqual([['workflows worker'], ['store worker'], ['launch worker (process)']]);
  });

  it('makes the same release with jobs on a double of Nomad, and shows its token nowhere', async () => {
    await start(nomadLoop, 'workflows');
    await start(nomadLoop, 'store');
    const launch = await start(nomadLoop, 'launch', '--launcher', 'nomad');
    let log = '';
    launch.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));

    await nomadLoop.firstRelease('rsi-macd', LauncherKind.Nomad);

    expect(await releaseIdsOf(nomadLoop)).toEqual(await releaseIdsOf(loop));
    expect(log).toContain('launchRetrain is done');
    expect(log).not.toContain('hunter2');
    const registered = nomad.requests.filter((line) => line.startsWith('PUT /v1/jobs'));
    expect(registered.length).toBeGreaterThan(1);
  });

  it.each([
    ['launch', { DATABASE_URL: 'postgres://u:hunter2@h/d' }, 'DATABASE_URL'],
    ['workflows', { DATABASE_URL: 'postgres://u:hunter2@h/d' }, 'DATABASE_URL'],
    ['workflows', { AWS_SECRET_ACCESS_KEY: 'hunter2' }, 'AWS_SECRET_ACCESS_KEY'],
    ['workflows', { AWS_SESSION_TOKEN: 'hunter2' }, 'AWS_SESSION_TOKEN'],
    ['store', { NOMAD_TOKEN: 'hunter2' }, 'NOMAD_TOKEN'],
    ['store', { DOCKER_HOST: 'tcp://hunter2' }, 'DOCKER_HOST'],
  ] as const)('does not start a %s worker that was given %j', async (role, given, name) => {
    const launcher = role === 'launch' ? ['--launcher', 'process'] : [];

    const { exitCode, stderr } = await runCommand([...COMMAND, '--role', role, ...launcher], {
      environment: { ...settingsOf(role), ...given },
    });

    expect(exitCode).toBe(65);
    expect(stderr).toContain(`a ${role} worker must not hold ${name}`);
    expect(stderr).not.toContain('hunter2');
  });

  it.each([
    [['--role', 'launch'], 64, '--role launch needs --launcher'],
    [['--role', 'store', '--launcher', 'docker'], 64, 'a store worker starts no jobs'],
    [['--role', 'store'], 65, 'DATABASE_URL'],
    [
      ['--role', 'launch', '--launcher', 'nomad'],
      65,
      'the nomad launcher needs STRATEGY_LOOP_IMAGE and NOMAD_ADDR',
    ],
  ])('says what is missing or too much: %j', async (words, code, text) => {
    const environment = words.length === 2 ? settingsOf('workflows') : settingsOf('launch');

    const { exitCode, stderr } = await runCommand([...COMMAND, ...words], { environment });

    expect(exitCode).toBe(code);
    expect(stderr).toContain(text);
  });

  it('is told by a command that has Nomad for its jobs and no address of it', async () => {
    const [program = '', script = ''] = COMMAND;
    const words = ['replay', '--strategy', 'rsi-macd', '--launcher', 'nomad', '--image', 'x'];

    const { exitCode, stderr } = await runCommand([program, script, ...words]);

    expect(exitCode).toBe(64);
    expect(stderr).toContain('--launcher nomad needs NOMAD_ADDR');
  });
});
