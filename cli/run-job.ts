import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandExitCode, JobExitCode } from '../schemas/exit-code.ts';
import {
  JOB_CONTRACT,
  JOB_FAILURE_FILE,
  JOB_INPUT_DIRECTORY,
  JOB_INPUT_FILE,
  JOB_OUTPUT_DIRECTORY,
  JOB_RESULT_FILE,
  JobFailure,
  JobResult,
} from '../schemas/job.ts';
import type { JobInput } from '../schemas/job.ts';
import { Stage } from '../schemas/stage.ts';
import { CommandError } from './command-error.ts';
import { packagePath } from './package-path.ts';

export interface JobToRun {
  readonly jobType: string;
  readonly strategyId: string;
  readonly input: unknown;
  /** Files beside the input: name and bytes. */
  readonly files?: Readonly<Record<string, Buffer>>;
  /** Takes each line that the job logs. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a job in a process of its own: strategy code never runs in this one, which
 * may hold the database's address.
 *
 * @returns the job's result, not yet parsed.
 * @throws {CommandError} with the job's own words when its input is wrong.
 */
export async function runLocalJob({
  jobType,
  strategyId,
  input,
  files = {},
  onLine,
}: JobToRun): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-job-'));
  try {
    const inputs = join(directory, 'input');
    const outputs = join(directory, 'output');
    await mkdir(inputs);
    await mkdir(outputs);
    const hashes: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(files)) {
      hashes[name] = createHash('sha256').update(bytes).digest('hex');
      await writeFile(join(inputs, name), bytes);
    }
    const document: JobInput = {
      contract: JOB_CONTRACT,
      jobName: jobType.replace('/', '-'),
      jobType,
      strategyId,
      stage: Stage.Retrain,
      attempt: 1,
      files: hashes,
      input,
    };
    await writeFile(join(inputs, JOB_INPUT_FILE), JSON.stringify(document));
    const { code, stderr } = await runProgram(jobType, { inputs, outputs, onLine });
    if (code === JobExitCode.BadInput) {
      const failure = await readFile(join(outputs, JOB_FAILURE_FILE), 'utf8');
      throw new CommandError(
        CommandExitCode.BadInput,
        JobFailure.parse(JSON.parse(failure)).message,
      );
    }
    if (code !== JobExitCode.Ok) {
      throw new Error(`${jobType} exited with ${String(code)}: ${stderr}`);
    }
    const text = await readFile(join(outputs, JOB_RESULT_FILE), 'utf8');
    return JobResult.parse(JSON.parse(text)).result;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Surroundings {
  readonly inputs: string;
  readonly outputs: string;
  readonly onLine: ((line: string) => void) | undefined;
}

async function runProgram(
  jobType: string,
  { inputs, outputs, onLine }: Surroundings,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [packagePath('dist/jobs/main.js'), jobType], {
    env: {
      PATH: process.env['PATH'] ?? '',
      [JOB_INPUT_DIRECTORY]: inputs,
      [JOB_OUTPUT_DIRECTORY]: outputs,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stderr };
}
