import type { ZodError } from 'zod';
import type { z } from 'zod';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { JobResult } from '../schemas/job.ts';
import { JOB_TYPES } from '../schemas/jobs/job-type.ts';
import type { JobType, ResultOf } from '../schemas/jobs/job-type.ts';
import type { FinishedJob } from '../schemas/payload.ts';
import { refusal } from './failure.ts';

/** Text of a zod error, one problem a line. */
export function zodText(error: ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}`)
    .join('\n');
}

/** Parses with a schema; a mismatch refuses the result of the job. */
export function parseResult<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refusal(
    FailureType.ResultRefused,
    `${what} does not match its schema:\n${zodText(parsed.error)}`,
  );
}

/** Reads JSON text; anything else refuses the result. JSON has no NaN and no Infinity. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw refusal(FailureType.ResultRefused, `${what} is not JSON: it is truncated or damaged`, {
      cause: error,
    });
  }
}

/** Reads and checks the result of a finished job. @throws ResultRefused when it does not hold. */
export async function readResult<T extends JobType>(
  artifacts: ArtifactStore,
  jobType: T,
  finished: FinishedJob,
): Promise<ResultOf<T>> {
  const text = (await artifacts.get(finished.resultSha256)).toString('utf8');
  const what = `result.json of job ${finished.jobName}`;
  const envelope = parseResult(JobResult, parseJson(text, what), what);
  if (envelope.jobName !== finished.jobName || envelope.jobType !== jobType) {
    throw refusal(
      FailureType.ResultRefused,
      `${what} belongs to job ${envelope.jobName} (${envelope.jobType})`,
    );
  }
  return parseResult(JOB_TYPES[jobType].result, envelope.result, what) as ResultOf<T>;
}

/** Hash of an output file by name. @throws ResultRefused when the job did not write it. */
export function fileOf(finished: FinishedJob, name: string): string {
  const file = finished.files.find((candidate) => candidate.name === name);
  if (file !== undefined) return file.sha256;
  throw refusal(FailureType.ResultRefused, `job ${finished.jobName} did not write ${name}`);
}

/** Reads a JSON-lines file that a job wrote, each line through a schema. */
export async function readLines<S extends z.ZodType>(
  artifacts: ArtifactStore,
  finished: FinishedJob,
  name: string,
  schema: S,
): Promise<z.infer<S>[]> {
  const text = (await artifacts.get(fileOf(finished, name))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const what = `${name} line ${String(index + 1)} of job ${finished.jobName}`;
      return parseResult(schema, parseJson(line, what), what);
    });
}
