import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { hasCollected } from '../adapters/postgres/cycles.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import {
  readStrategy,
  UnknownStrategyError,
  upsertStrategy,
} from '../adapters/postgres/strategies.ts';
import type { StoredStrategy } from '../adapters/postgres/strategies.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import {
  JOB_CONTRACT,
  JOB_INPUT_DIRECTORY,
  JOB_INPUT_FILE,
  JOB_OUTPUT_DIRECTORY,
  JOB_RESULT_FILE,
  JobResult,
} from '../schemas/job.ts';
import type { JobInput } from '../schemas/job.ts';
import { DescribeResult } from '../schemas/jobs/describe.ts';
import { Stage } from '../schemas/stage.ts';
import { implementationOf } from '../schemas/settings.ts';
import type { StrategyDescription, StrategySettings } from '../schemas/settings.ts';
import { CommandError } from './command-error.ts';
import { didYouMean } from './known-ids.ts';
import { packagePath } from './package-path.ts';

/**
 * Asks the installed strategies what they are. Their code runs in a job of its own, never in this
 * process, which holds the database's address.
 */
export async function describeStrategies(): Promise<StrategyDescription[]> {
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-describe-'));
  try {
    const input = join(directory, 'input');
    const output = join(directory, 'output');
    await mkdir(input);
    await mkdir(output);
    const document: JobInput = {
      contract: JOB_CONTRACT,
      jobName: 'describe-strategies',
      jobType: 'describe/strategies',
      strategyId: 'all',
      stage: Stage.Retrain,
      attempt: 1,
      files: {},
      input: {},
    };
    await writeFile(join(input, JOB_INPUT_FILE), JSON.stringify(document));
    await runProgram(input, output);
    const text = await readFile(join(output, JOB_RESULT_FILE), 'utf8');
    return DescribeResult.parse(JobResult.parse(JSON.parse(text)).result).strategies;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runProgram(input: string, output: string): Promise<void> {
  const program = packagePath('dist/jobs/main.js');
  const child = spawn(process.execPath, [program, 'describe/strategies'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      [JOB_INPUT_DIRECTORY]: input,
      [JOB_OUTPUT_DIRECTORY]: output,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`describe/strategies exited with ${String(code)}: ${stderr.slice(-2000)}`);
  }
}

/**
 * Registers strategies with these settings. Settings that are the same change nothing; a strategy
 * that has traded one series keeps it.
 *
 * @throws {CommandError} for an unknown strategy, or another series than the one it has traded.
 */
export async function registerStrategies(
  pool: StorePool,
  wanted: readonly StrategySettings[],
): Promise<void> {
  const descriptions = await describeStrategies();
  for (const settings of wanted) {
    const implementation = implementationOf(settings);
    const description = descriptions.find(({ strategyId }) => strategyId === implementation);
    if (description === undefined) {
      const known = descriptions.map((candidate) => candidate.strategyId);
      const hint = didYouMean(implementation, known);
      throw new CommandError(
        CommandExitCode.BadInput,
        `there is no strategy "${implementation}"; installed: ${known.join(', ')}${hint}`,
      );
    }
    await refuseOtherSeries(pool, settings);
    await upsertStrategy(pool, { settings, description });
  }
}

async function refuseOtherSeries(pool: StorePool, settings: StrategySettings): Promise<void> {
  const stored = await registered(pool, settings.strategyId);
  if (stored === null || stored.settings.seriesId === settings.seriesId) return;
  if (!(await hasCollected(pool, settings.strategyId))) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${settings.strategyId} has run on series ${stored.settings.seriesId} in this data directory ` +
      `and cannot change to ${settings.seriesId}; use another one with --data-dir`,
  );
}

/** A registered strategy, or null. */
export async function registered(
  pool: StorePool,
  strategyId: string,
): Promise<StoredStrategy | null> {
  try {
    return await readStrategy(pool, strategyId);
  } catch (error) {
    if (error instanceof UnknownStrategyError) return null;
    throw error;
  }
}
