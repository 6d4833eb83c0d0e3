import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProcess } from '../../adapters/launchers/process-table.ts';
import { until } from '../../infra/local/server-process.ts';
import { startWorkerProcess, WorkerFailedError } from '../../infra/local/worker-process.ts';
import type { WorkerProcess } from '../../infra/local/worker-process.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const READY = `
  process.on('disconnect', () => process.exit(0));
  process.send('ready');
`;

let directory: string;
let restarts: number;
let workers: WorkerProcess[];

beforeEach(async () => {
  directory = await scratchDirectory('worker');
  restarts = 0;
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  requireNoProcessOf(directory);
});

async function start(source: string): Promise<WorkerProcess> {
  const entry = join(directory, 'worker.cjs');
  await writeFile(entry, source);
  const worker = startWorkerProcess({
    entry,
    environment: { GREETING: 'hello' },
    logFile: join(directory, 'worker.log'),
    onRestart: () => {
      restarts += 1;
    },
  });
  workers.push(worker);
  return worker;
}

describe('startWorkerProcess', () => {
  it('is ready when the worker says so, and gives it the environment it was told and no other', async () => {
    const worker = await start(`console.log(JSON.stringify(Object.keys(process.env)));${READY}`);

    await worker.ready;

    expect(worker.pid()).not.toBeNull();
    const log = await readFile(join(directory, 'worker.log'), 'utf8');
    expect((JSON.parse(log) as string[]).filter((name) => !name.startsWith('NODE_'))).toEqual([
      'GREETING',
    ]);
  });

  it('lets the worker finish when it is stopped', async () => {
    const worker = await start(
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });${READY}`,
    );
    await worker.ready;

    await worker.stop();
    await worker.stop();

    expect(await readFile(join(directory, 'worker.log'), 'utf8')).toBe('bye\n');
    expect(worker.pid()).toBeNull();
    expect(restarts).toBe(0);
  });

  it('starts the worker again when it was killed', async () => {
    const worker = await start(READY);
    await worker.ready;
    const first = Number(worker.pid());

    process.kill(first, 'SIGKILL');
    const isBack = await until(() => ![null, first].includes(worker.pid()), 10_000);

    expect(isBack).toBe(true);
    expect(restarts).toBe(1);
    expect(readProcess(Number(worker.pid()))?.isZombie).toBe(false);
  });

  it('gives up on a worker that never gets ready, and shows its last words', async () => {
    const worker = await start(`console.error('no database'); process.exit(1);`);

    await expect(worker.ready).rejects.toThrow(WorkerFailedError);
    await expect(worker.ready).rejects.toThrow(/no database/);
    expect(restarts).toBe(2);
  });

  it('can be stopped before it is ready', async () => {
    const worker = await start('setInterval(() => undefined, 1000);');

    await worker.stop();

    await expect(worker.ready).rejects.toThrow(WorkerFailedError);
  });
});
