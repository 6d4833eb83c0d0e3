import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { JobObservation, Launcher } from '../adapters/launchers/launcher.ts';
import { JobExitCode } from '../schemas/exit-code.ts';
import { FailureType } from '../schemas/failure-type.ts';
import {
  FileName,
  JOB_FAILURE_FILE,
  JOB_RESULT_FILE,
  JobFailure,
  JobResult,
} from '../schemas/job.ts';
import type { FileRef, FinishedJob, JobFailureDetails, PreparedJob } from '../schemas/payload.ts';
import { refusal } from './failure.ts';
import { parseJson, parseResult } from './job-result.ts';
import { olderImageText } from './older-image.ts';

type Ended = Extract<JobObservation, { phase: 'ended' }>;

const LOG_TAIL_CHARACTERS = 4000;

/**
 * Takes over what an ended job wrote: log, result and files go into the artifact store.
 *
 * @throws a classified failure, with the end of the log, when the job failed or its output does
 *   not hold (missing result, another job's, over its caps, a file that is not a plain file).
 */
export async function collectOutput(
  launcher: Launcher,
  artifacts: ArtifactStore,
  job: PreparedJob,
  ended: Ended,
): Promise<FinishedJob> {
  const [log, { output }] = await Promise.all([
    launcher.logs(job.jobName),
    launcher.directories(job.jobName),
  ]);
  const logSha256 = await artifacts.put(log);
  const details: JobFailureDetails = {
    jobName: job.jobName,
    jobType: job.jobType,
    exitCode: ended.exitCode,
    signal: ended.signal,
    logTail: log.toString('utf8').slice(-LOG_TAIL_CHARACTERS),
    logSha256,
    wallMs: ended.wallMs,
    peakMemoryBytes: ended.peakMemoryBytes,
  };
  if (ended.cause !== 'exited' || ended.exitCode !== JobExitCode.Ok) {
    const text = await failureText(launcher, job, ended, output);
    throw refusal(failureTypeOf(ended), text, { details });
  }
  try {
    const { resultSha256, files } = await storeOutput(artifacts, job, output);
    return {
      jobName: job.jobName,
      resultSha256,
      files,
      wallMs: ended.wallMs,
      peakMemoryBytes: ended.peakMemoryBytes,
      logSha256,
      ...(job.releaseId === undefined ? {} : { releaseId: job.releaseId }),
      ...(ended.image === undefined ? {} : { image: ended.image }),
    };
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw refusal(FailureType.ResultRefused, error.message, { details, cause: error });
  }
}

class OutputError extends Error {
  override readonly name = 'OutputError';
}

async function storeOutput(artifacts: ArtifactStore, job: PreparedJob, output: string) {
  const names = (await readdir(output)).sort();
  if (names.length > job.limits.outputFilesMax) {
    throw new OutputError(
      `the job wrote ${String(names.length)} files; at most ${String(job.limits.outputFilesMax)} are allowed`,
    );
  }
  if (!names.includes(JOB_RESULT_FILE)) {
    throw new OutputError(`the job exited with 0 but wrote no ${JOB_RESULT_FILE}`);
  }
  await refuseOddFiles(job, output, names);
  const what = `${JOB_RESULT_FILE} of job ${job.jobName}`;
  const text = await readFile(join(output, JOB_RESULT_FILE), 'utf8');
  const envelope = parseResult(JobResult, parseJson(text, what), what);
  if (envelope.jobName !== job.jobName || envelope.jobType !== job.jobType) {
    throw new OutputError(`${what} belongs to job ${envelope.jobName} (${envelope.jobType})`);
  }
  const unnamed = names.find((name) => name !== JOB_RESULT_FILE && !(name in envelope.files));
  if (unnamed !== undefined) {
    throw new OutputError(`the job wrote ${unnamed}, which ${what} does not name`);
  }
  const storeFile = async ([name, promised]: [string, string]): Promise<FileRef> => {
    if (!names.includes(name)) throw new OutputError(`${what} names ${name}, which is not there`);
    const sha256 = await artifacts.putFile(join(output, name));
    if (sha256 === promised) return { name, sha256 };
    throw new OutputError(`${name} hashes to ${sha256}, but ${what} says ${promised}`);
  };
  const [resultSha256, ...files] = await Promise.all([
    artifacts.put(text),
    ...Object.entries(envelope.files).map(storeFile),
  ]);
  return { resultSha256, files };
}

/** Only plain files directly in the output directory count: no links, folders or devices. */
async function refuseOddFiles(
  job: PreparedJob,
  output: string,
  names: readonly string[],
): Promise<void> {
  let bytes = 0;
  const statuses = await Promise.all(
    names.map(async (name) => ({ name, status: await lstat(join(output, name)) })),
  );
  for (const { name, status } of statuses) {
    if (!status.isFile() || status.nlink > 1 || !FileName.safeParse(name).success) {
      throw new OutputError(`output ${JSON.stringify(name)} is not a plain file with a plain name`);
    }
    bytes += status.size;
  }
  if (bytes > job.limits.outputBytesMax) {
    throw new OutputError(
      `the job wrote ${String(bytes)} bytes; at most ${String(job.limits.outputBytesMax)} are allowed`,
    );
  }
}

function failureTypeOf(ended: Ended): FailureType {
  switch (ended.cause) {
    case 'exited':
      if (ended.exitCode === JobExitCode.BadInput) return FailureType.JobBadInput;
      if (ended.exitCode === JobExitCode.TryAgain) return FailureType.InfrastructureLost;
      return FailureType.JobFailed;
    case 'out-of-memory':
      return FailureType.JobOutOfMemory;
    case 'deadline':
      return FailureType.JobDeadlineExceeded;
    case 'output-too-large':
      return FailureType.ResultRefused;
    case 'cancelled':
    case 'killed':
      return FailureType.JobKilled;
    case 'lost':
      return FailureType.InfrastructureLost;
    case 'not-started':
      return FailureType.JobNotStarted;
    default:
      ended.cause satisfies never;
      return FailureType.Bug;
  }
}

async function failureText(
  { image }: Launcher,
  job: PreparedJob,
  ended: Ended,
  output: string,
): Promise<string> {
  const own = await readFailure(join(output, JOB_FAILURE_FILE));
  if (own !== null) {
    const exitCode = ended.cause === 'exited' ? ended.exitCode : null;
    return own.message + olderImageText(image, job.build?.build, { ...own, exitCode });
  }
  const memory = `${String(job.limits.memoryMib)} MiB`;
  const texts: Record<Ended['cause'], string> = {
    exited: `job ${job.jobType} exited with ${String(ended.exitCode)}`,
    'out-of-memory': `job ${job.jobType} went over its memory limit of ${memory}`,
    deadline: `job ${job.jobType} went over its deadline of ${String(job.limits.deadlineMs)} ms`,
    'output-too-large': `job ${job.jobType} wrote more than it may`,
    cancelled: `job ${job.jobType} was cancelled`,
    killed: `job ${job.jobType} was killed by ${ended.signal ?? 'a signal'}`,
    lost: `job ${job.jobType} vanished before it could end`,
    'not-started': `job ${job.jobType} could not be started`,
  };
  const text = texts[ended.cause];
  return ended.detail === undefined ? text : `${text}: ${ended.detail}`;
}

async function readFailure(path: string): Promise<JobFailure | null> {
  try {
    return JobFailure.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // A job that crashed wrote none, or half of one: its exit code and log say what is known.
    return null;
  }
}
