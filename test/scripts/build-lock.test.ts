import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../support/repository.ts';

const SCRIPT = pathToFileURL(join(ROOT, 'scripts', 'build-lock.js')).href;

/**
 * Waits for the other processes, takes the lock, reads and writes a counter with a pause between,
 * and gives the lock back.
 */
const INCREMENT = `
  import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
  import { setTimeout as delay } from 'node:timers/promises';
  import { takeLock } from '${SCRIPT}';
  const [lock, counter, arrivals, processes] = process.argv.slice(1);
  writeFileSync(arrivals + '/' + process.pid, '');
  while (readdirSync(arrivals).length < Number(processes)) await delay(1);
  const release = lock === 'none' ? () => undefined : await takeLock(lock);
  const count = Number(readFileSync(counter, 'utf8'));
  await delay(30);
  writeFileSync(counter, String(count + 1));
  release();
`;

const PROCESSES = 3;

describe('takeLock', () => {
  let folder: string;
  let lock: string;
  let counter: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strategy-loop-lock-'));
    lock = join(folder, 'build.lock');
    counter = join(folder, 'counter');
    await writeFile(counter, '0');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one process at a time through, and is gone afterwards', async () => {
    await incrementTogether(lock, counter);

    expect(await readFile(counter, 'utf8')).toBe(String(PROCESSES));
    expect(existsSync(lock)).toBe(false);
  });

  it('is what keeps the counter whole: without it increments are lost', async () => {
    await incrementTogether('none', counter);

    expect(Number(await readFile(counter, 'utf8'))).toBeLessThan(PROCESSES);
  });

  it('is taken over once when its holder is dead, by however many wait', async () => {
    await writeFile(lock, JSON.stringify({ pid: await deadPid(), host: hostname(), id: 'x' }));

    await incrementTogether(lock, counter);

    expect(await readFile(counter, 'utf8')).toBe(String(PROCESSES));
  });

  it('is taken over when nobody has touched it for long, as after a reboot', async () => {
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: 'elsewhere', id: 'x' }));
    await utimes(lock, new Date(0), new Date(0));

    await incrementTogether(lock, counter);

    expect(await readFile(counter, 'utf8')).toBe(String(PROCESSES));
  });
});

async function incrementTogether(lock: string, counter: string): Promise<void> {
  const arrivals = await mkdtemp(`${counter}-`);
  const args = [lock, counter, arrivals, String(PROCESSES)];
  const runs = Array.from({ length: PROCESSES }, () =>
    ended(['--input-type=module', '-e', INCREMENT, ...args]),
  );
  expect(await Promise.all(runs)).toEqual(runs.map(() => 0));
}

function ended(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code);
    });
  });
}

/** Id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}
