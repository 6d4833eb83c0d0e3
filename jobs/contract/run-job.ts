import { join } from 'node:path';
import type { z } from 'zod';
import { ModelError } from '../../adapters/onnx/model-error.ts';
import { BarsFileError } from '../../engine/bars-file.ts';
import { JobExitCode } from '../../schemas/exit-code.ts';
import { JOB_CONTRACT, JOB_FAILURE_FILE, JOB_RESULT_FILE } from '../../schemas/job.ts';
import type { JobFailure, JobResult } from '../../schemas/job.ts';
import { JOB_TYPES, type InputOf, type JobType } from '../../schemas/jobs/job-type.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { SettingsError } from '../../strategies/settings-error.ts';
import { readSourceHashes } from '../host/source-hashes.ts';
import { JOBS } from './job-table.ts';
import type { JobContext, JobTable } from './job.ts';
import { BadInputError, TryAgainError } from './job-error.ts';
import { readInputFiles, writeWhole, type InputFiles } from './job-files.ts';
import { parseOrRefuse, readJobInput } from './job-input.ts';
import { otherBuild } from './other-build.ts';
import { OutputFiles } from './output-files.ts';

const FAILURE_CHARACTERS_MAX = 4000;

export interface RunJobOptions {
  /** Takes the job's log lines; default: standard output. */
  readonly log?: (line: string) => void;
  /** Takes the text of a failure; default: standard error. */
  readonly logError?: (text: string) => void;
  /** Default: what the build wrote. */
  readonly sourceHashes?: () => SourceHashes;
  /** Jobs to choose from; tests pass their own. */
  readonly jobs?: JobTable;
}

/**
 * Runs one job from its input directory to its output directory, within this process. The result
 * is written last, so that a directory with a result is complete.
 *
 * @returns the exit code: 0, 65 (bad input), 70 (bug) or 75 (try again). In the last three cases
 *   `failure.json` says why, in words for an operator.
 */
export async function runJob(
  jobType: string,
  inputDirectory: string,
  outputDirectory: string,
  options: RunJobOptions = {},
): Promise<number> {
  const { log = printLine, logError = printError, jobs = JOBS } = options;
  const { sourceHashes = () => readSourceHashes() } = options;
  try {
    if (!isJobType(jobType)) {
      throw new BadInputError(
        `job type must be one of ${Object.keys(JOB_TYPES).join(', ')}, was ${JSON.stringify(jobType)}. Start the job with one of them.`,
      );
    }
    await runKnown(jobType, jobs[jobType], {
      inputDirectory,
      outputDirectory,
      sourceHashes,
      log,
    });
    return JobExitCode.Ok;
  } catch (error) {
    return reportFailure(error, outputDirectory, { logError, sourceHashes });
  }
}

interface Surroundings {
  readonly inputDirectory: string;
  readonly outputDirectory: string;
  readonly sourceHashes: () => SourceHashes;
  readonly log: (line: string) => void;
}

async function runKnown<T extends JobType>(
  jobType: T,
  load: JobTable[T],
  { inputDirectory, outputDirectory, sourceHashes, log }: Surroundings,
): Promise<void> {
  const explained = await otherBuild(inputDirectory, jobType, sourceHashes);
  const job = await explained(() => readJobInput(inputDirectory, jobType));
  const files = await readInputFiles(inputDirectory, job.files);
  // The table pairs each type with its schema; the compiler cannot follow that through a generic.
  const schema: z.ZodType = JOB_TYPES[jobType].input;
  const input = (await explained(() => parseOrRefuse(schema, job.input, 'input'))) as InputOf<T>;
  const outputs = new OutputFiles(outputDirectory);
  const context: JobContext<T> = {
    input,
    inputDirectory,
    readFile: (name) => listed(files, name, files.read(name)),
    readChunks: (name) => listed(files, name, files.chunks(name)),
    readText: (name) => new TextDecoder().decode(listed(files, name, files.read(name))),
    writeFile: (name, content) => outputs.write(name, content),
    openFile: (name) => outputs.open(name),
    log,
  };
  const { run } = await load();
  const result = JOB_TYPES[jobType].result.parse(await run(context, { sourceHashes }));
  const { jobName } = job;
  const whole: JobResult = {
    contract: JOB_CONTRACT,
    jobName,
    jobType,
    files: outputs.hashes(),
    result,
  };
  await writeWhole(join(outputDirectory, JOB_RESULT_FILE), `${JSON.stringify(whole)}\n`);
}

function isJobType(jobType: string): jobType is JobType {
  return Object.hasOwn(JOB_TYPES, jobType);
}

function listed<T>(files: InputFiles, name: string, found: T | null): T {
  if (found === null) {
    const names = files.names.join(', ') || 'none';
    throw new BadInputError(
      `files must list ${name}, which this job reads; listed: ${names}. Prepare the job again with that file.`,
    );
  }
  return found;
}

async function reportFailure(
  error: unknown,
  outputDirectory: string,
  { logError, sourceHashes }: Required<Pick<RunJobOptions, 'logError' | 'sourceHashes'>>,
): Promise<number> {
  const code = exitCodeOf(error);
  const message = error instanceof Error && error.message ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  logError(code === JobExitCode.Bug ? stack : message);
  try {
    const said = message.slice(0, FAILURE_CHARACTERS_MAX);
    const failure: JobFailure = { message: said, build: sourceHashes().build };
    await writeWhole(join(outputDirectory, JOB_FAILURE_FILE), `${JSON.stringify(failure)}\n`);
  } catch (unwritten) {
    // The exit code and the log still tell what happened.
    logError(`${JOB_FAILURE_FILE} could not be written: ${String(unwritten)}`);
  }
  return code;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof TryAgainError) {
    return JobExitCode.TryAgain;
  }
  const isBadInput =
    error instanceof BadInputError ||
    error instanceof SettingsError ||
    error instanceof BarsFileError ||
    error instanceof ModelError;
  return isBadInput ? JobExitCode.BadInput : JobExitCode.Bug;
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}
