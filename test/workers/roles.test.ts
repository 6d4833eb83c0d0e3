import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';
import { launchTaskQueue, LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { runCommand } from '../support/run-command.ts';

const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;
const COMMAND = [process.execPath, packagePath('bin/strategy-loop.js'), 'worker'];

let loop: TestLoop;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  loop = await openTestLoop();
});

afterAll(async () => {
  await Promise.all(
    workers.map(async (worker) => {
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }),
  );
  await loop.close();
});

/** Settings of a role, and nothing else: no variable of this process is handed on. */
function settingsOf(role: 'workflows' | 'store' | 'launch'): Record<string, string> {
  const { stack } = loop.session;
  const temporal = { TEMPORAL_ADDRESS: stack.temporalAddress };
  const artifacts = { STRATEGY_LOOP_ARTIFACTS: stack.artifactsDirectory };
  if (role === 'workflows') return temporal;
  if (role === 'store') return { ...temporal, ...artifacts, DATABASE_URL: stack.databaseUrl };
  return { ...temporal, ...artifacts, STRATEGY_LOOP_JOBS: stack.jobsDirectory };
}

async function start(role: 'workflows' | 'store' | 'launch', ...more: string[]): Promise<void> {
  const home = join(loop.dataDirectory, `home-${role}`);
  await mkdir(home, { recursive: true });
  const [program = '', ...words] = [...COMMAND, '--role', role, ...more];
  const worker = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...settingsOf(role) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workers.push(worker);
  let text = '';
  await new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('ready\n')) resolve();
    });
    worker.once('exit', () => {
      reject(new Error(`the ${role} worker ended before it was ready:\n${text}`));
    });
  });
}

/** Who takes work from a queue, by the name of its role. */
async function pollersOf(name: string, taskQueueType: number): Promise<string[]> {
  const { pollers } = await loop.session.client.workflowService.describeTaskQueue({
    namespace: loop.session.stack.namespace,
    taskQueue: { name },
    taskQueueType,
  });
  const names = (pollers ?? []).map(({ identity }) => (identity ?? '').replace(/ \d+ on .*$/, ''));
  return [...new Set(names)];
}

describe('strategy-loop worker', () => {
  it('runs a retrain on three processes, of which each holds the rights of its role alone', async () => {
    await start('workflows');
    await start('store');
    await start('launch', '--launcher', 'process');

    await loop.firstRelease('rsi-macd');

    const { rows } = await loop.session.pool.query<{ count: string }>(
      'select count(*) from releases',
    );
    expect(Number(rows[0]?.count)).toBe(1);
    const queues = await Promise.all([
      pollersOf(TaskQueue.Workflows, WORKFLOW_QUEUE),
      pollersOf(TaskQueue.Store, ACTIVITY_QUEUE),
      pollersOf(launchTaskQueue(LauncherKind.Process), ACTIVITY_QUEUE),
    ]);
    expect(queues).toEqual([['workflows worker'], ['store worker'], ['launch worker (process)']]);
  });

  it.each([
    ['launch', { DATABASE_URL: 'postgres://u:hunter2@h/d' }, 'DATABASE_URL'],
    ['workflows', { DATABASE_URL: 'postgres://u:hunter2@h/d' }, 'DATABASE_URL'],
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
    [['--role', 'launch', '--launcher', 'nomad'], 65, 'the nomad launcher lacks'],
  ])('says what is missing or too much: %j', async (words, code, text) => {
    const environment = words.length === 2 ? settingsOf('workflows') : settingsOf('launch');

    const { exitCode, stderr } = await runCommand([...COMMAND, ...words], { environment });

    expect(exitCode).toBe(code);
    expect(stderr).toContain(text);
  });
});
