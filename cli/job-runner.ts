import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, constants, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { preparingBuild, writeJobBuild } from '../activities/job-build.ts';
import { olderImageText } from '../activities/older-image.ts';
import type { JobObservation, Launcher } from '../adapters/launchers/launcher.ts';
import { CommandExitCode, JobExitCode } from '../schemas/exit-code.ts';
import {
  JOB_CONTRACT,
  JOB_FAILURE_FILE,
  JOB_INPUT_FILE,
  JOB_RESULT_FILE,
  JobFailure,
  JobResult,
} from '../schemas/job.ts';
import type { JobInput } from '../schemas/job.ts';
import type { JobType } from '../schemas/jobs/job-type.ts';
import type { JobLimits } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { acceptsOtherCode } from '../workers/configuration.ts';
import { ownSourceHashes } from '../workers/source-hashes.ts';
import { CommandError } from './command-error.ts';

const GIB = 1024 ** 3;

/** A person waits for these jobs and can stop them, so their limits are wide. */
const LIMITS: JobLimits = {
  memoryMib: 8 * 1024,
  deadlineMs: 24 * 60 * 60_000,
  graceMs: 5_000,
  outputBytesMax: 8 * GIB,
  outputFilesMax: 32,
  logBytesMax: 1024 * 1024,
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const LOG_TAIL_CHARACTERS = 2000;

/** A file of this machine, as a job finds it. */
export interface InputPath {
  readonly name: string;
  readonly path: string;
}

export interface JobDocument {
  readonly strategyId: string;
  readonly input: unknown;
  readonly files: readonly InputPath[];
}

export interface EndedJob {
  readonly result: unknown;
  /** Directory with the files that it wrote. */
  readonly output: string;
}

/** Runs jobs of one command with a launcher. */
export interface JobRunner {
  /**
   * Runs a job to its end.
   *
   * @throws {CommandError} in the job's own words when its input is wrong; with the end of its log when
   *   it failed otherwise; when the command was interrupted.
   */
  run(jobType: JobType, jobName: string, document: JobDocument): Promise<EndedJob>;
  /** Stops what runs, removes all traces, and gives Ctrl-C back. */
  close(): Promise<void>;
}

/**
 * Opens a runner; Ctrl-C and SIGTERM stop its jobs from now on.
 *
 * @throws {ConfigurationError} when STRATEGY_LOOP_ACCEPT_OTHER_CODE is neither yes nor no.
 */
export function openJobRunner(launcher: Launcher): JobRunner {
  const mayDiffer = acceptsOtherCode(process.env);
  const started = new Set<string>();
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);

  async function run(jobType: JobType, jobName: string, document: JobDocument): Promise<EndedJob> {
    requireNoStop(stopping.signal);
    const { input, output } = await launcher.directories(jobName);
    const specHash = await writeInput(input, { jobType, jobName, document });
    await tellBuild(input, jobType, { image: launcher.image, mayDiffer });
    started.add(jobName);
    const labels = { strategyId: document.strategyId };
    await launcher.ensure({ jobName, jobType, specHash, limits: LIMITS, labels });
    const ended = await launcher
      .wait(jobName, { signal: stopping.signal })
      .catch((error: unknown) => {
        requireNoStop(stopping.signal);
        throw error;
      });
    if (ended.cause !== 'exited' || ended.exitCode !== JobExitCode.Ok) {
      throw await failureOf(launcher, { jobName, jobType, output, ended });
    }
    const text = await readFile(join(output, JOB_RESULT_FILE), 'utf8');
    return { result: JobResult.parse(JSON.parse(text)).result, output };
  }

  async function close(): Promise<void> {
    for (const jobName of started) {
      await launcher.cancel(jobName);
      await launcher.remove(jobName);
    }
    for (const signal of SIGNALS) process.off(signal, stop);
  }

  return { run, close };
}

/** Refuses to go on after Ctrl-C. */
function requireNoStop(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new CommandError(CommandExitCode.Interrupted, 'interrupted; nothing was written');
}

/** Puts a job's files and its `input.json` in place. @returns the hash of what it is asked to do. */
async function writeInput(
  directory: string,
  job: { readonly jobType: string; readonly jobName: string; readonly document: JobDocument },
): Promise<string> {
  const { jobType, jobName, document } = job;
  const files: Record<string, string> = {};
  for (const { name, path } of document.files) {
    const place = join(directory, name);
    // A file system that can shares the blocks of both.
    await copyFile(path, place, constants.COPYFILE_FICLONE);
    // Another user may run the job.
    await chmod(place, 0o644);
    files[name] = await sha256OfFile(place);
  }
  const input: JobInput = {
    contract: JOB_CONTRACT,
    jobName,
    jobType,
    strategyId: document.strategyId,
    // No stage of a cycle: the contract wants one named.
    stage: Stage.Analyze,
    attempt: 1,
    files,
    input: document.input,
  };
  const text = JSON.stringify(input);
  await writeFile(join(directory, JOB_INPUT_FILE), text);
  return createHash('sha256').update(text).digest('hex');
}

/** In an image another build may be at work; a process is of this one. */
async function tellBuild(
  directory: string,
  jobType: JobType,
  { image, mayDiffer }: { readonly image: string | undefined; readonly mayDiffer: boolean },
): Promise<void> {
  if (image === undefined) return;
  const { build } = preparingBuild(ownSourceHashes(), jobType, mayDiffer);
  await writeJobBuild(directory, build, image);
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

interface FailedJob {
  readonly jobName: string;
  readonly jobType: string;
  readonly output: string;
  readonly ended: Extract<JobObservation, { phase: 'ended' }>;
}

async function failureOf(
  launcher: Launcher,
  { jobName, jobType, output, ended }: FailedJob,
): Promise<CommandError> {
  if (ended.cause === 'exited' && ended.exitCode === JobExitCode.BadInput) {
    const text = await readFile(join(output, JOB_FAILURE_FILE), 'utf8');
    const failure = JobFailure.parse(JSON.parse(text));
    const { image } = launcher;
    const older =
      image === undefined
        ? ''
        : olderImageText(image, ownSourceHashes().build, { ...failure, exitCode: ended.exitCode });
    return new CommandError(CommandExitCode.BadInput, failure.message + older);
  }
  const log = (await launcher.logs(jobName)).toString('utf8').slice(-LOG_TAIL_CHARACTERS).trim();
  const how =
    ended.cause === 'exited' ? `exited with ${String(ended.exitCode)}` : `ended: ${ended.cause}`;
  return new CommandError(CommandExitCode.Failed, `job ${jobType} ${how}\n${log}`);
}
