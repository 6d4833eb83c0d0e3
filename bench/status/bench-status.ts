import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { readStatus } from '../../adapters/postgres/status.ts';
import { createOutput, fixed } from '../../cli/output.ts';
import { packagePath } from '../../cli/package-path.ts';
import { openDataDirectory } from '../../infra/local/data-directory.ts';
import { startPostgres } from '../../infra/local/postgres-server.ts';
import { describeMachine, median } from '../machine.ts';
import { fillStore } from './fill-store.ts';

const SIZE = { strategies: 1000, cyclesPerStrategy: 100 };
const RUNS = 9;
const WHOLE_MS_MAX = 500;

/**
 * How long `strategy-loop status` takes as a process, from its start to its end, on a store of
 * 1,000 strategies and 100,000 cycles in a Postgres that runs.
 *
 * @returns whether the median is within its bound.
 */
export async function benchStatus(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-bench-'));
  await chmod(directory, 0o755);
  const server = await startPostgres({
    dataDirectory: await openDataDirectory(join(directory, 'data')),
    onProgress: (text) => {
      output.note(text);
    },
  });
  try {
    await migrate(server.url, packagePath('adapters/postgres/migrations'));
    const pool = createPool(server.url, { max: 1 });
    output.note('filling the store: 1,000 strategies, 100,000 cycles, 500,000 stages');
    await fillStore(pool, SIZE);
    const store = await repeat(() => readStatus(pool));
    await pool.end();
    const run = (...words: string[]): Promise<void> => runCommand(server.url, directory, words);
    const whole = await repeat(() => run('status'));
    const wholeJson = await repeat(() => run('status', '--json'));
    const help = await repeat(() => run('release', '--help'));
    const isMet = median(whole) <= WHOLE_MS_MAX && median(wholeJson) <= WHOLE_MS_MAX;
    const machine = describeMachine();
    const figures = { whole, wholeJson, readStore: store, processAlone: help };
    output.answer(
      { command: 'npm run bench -- status', machine, size: SIZE, ...figures, isMet },
      [
        Object.entries(machine)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
        ...Object.entries(figures).map(([name, times]) => line(name, times)),
        isMet ? 'target met' : 'target NOT met',
      ].join('\n'),
    );
    return isMet;
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const NAMES: Readonly<Record<string, string>> = {
  whole: `\`status\`, whole process (target <= ${String(WHOLE_MS_MAX)} ms)`,
  wholeJson: `\`status --json\`, whole process (target <= ${String(WHOLE_MS_MAX)} ms)`,
  readStore: 'of that, reading the store',
  processAlone: 'a command that only prints its help',
};

function line(name: string, times: readonly number[]): string {
  const [low, high] = [Math.min(...times), Math.max(...times)];
  const text = (NAMES[name] ?? name).padEnd(52);
  return `${text} median ${fixed(median(times), 0)} ms (${fixed(low, 0)} to ${fixed(high, 0)}, n = ${String(times.length)})`;
}

/** Times in ms of the runs after a first one that warms the caches. */
async function repeat(work: () => Promise<unknown>): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times;
}

async function runCommand(url: string, directory: string, words: readonly string[]): Promise<void> {
  const program = packagePath('bin/strategy-loop.js');
  const data = words.includes('--help') ? [] : ['--data-dir', join(directory, 'none')];
  const child = spawn(process.execPath, [program, ...words, ...data], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${String(code)}`);
}
