import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { collectOutput } from '../../activities/job-output.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { JobEndCause, Launcher } from '../../adapters/launchers/launcher.ts';
import { FailureType } from '../../schemas/failure-type.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import type { PreparedJob } from '../../schemas/payload.ts';

const JOB: PreparedJob = {
  jobName: 'job-1',
  jobType: 'trade/walk',
  strategyId: 'rsi-macd',
  stage: 'trade',
  attempt: 1,
  specHash: 'hash',
  inputSha256: 'a'.repeat(64),
  files: [],
  limits: DEFAULT_JOB_LIMITS,
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'job-output-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What becomes of a job that ended in a way, when it has left no output. */
async function failureOf(cause: JobEndCause, detail?: string): Promise<ApplicationFailure> {
  const launcher = {
    logs: () => Promise.resolve(Buffer.from('the last line')),
    directories: () => Promise.resolve({ input: directory, output: directory }),
  } as unknown as Launcher;
  const artifacts = { put: () => Promise.resolve('b'.repeat(64)) } as unknown as ArtifactStore;
  const figures = { exitCode: null, signal: null, wallMs: 0, peakMemoryBytes: 0 };
  const ended = { phase: 'ended', cause, ...figures, ...(detail === undefined ? {} : { detail }) };
  const error: unknown = await collectOutput(launcher, artifacts, JOB, ended as never).catch(
    (caught: unknown) => caught,
  );
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`not a classified failure: ${String(error)}`);
}

describe('collectOutput', () => {
  it.each<[JobEndCause, string]>([
    ['out-of-memory', FailureType.JobOutOfMemory],
    ['deadline', FailureType.JobDeadlineExceeded],
    ['killed', FailureType.JobKilled],
    ['lost', FailureType.InfrastructureLost],
    ['not-started', FailureType.JobNotStarted],
  ])('gives a job whose end was %s the type %s, with the end of its log', async (cause, type) => {
    const { type: found, details } = await failureOf(cause);

    expect(found).toBe(type);
    expect(details?.[0]).toMatchObject({ jobName: 'job-1', logTail: 'the last line' });
  });

  it('passes on why the platform could not start it', async () => {
    const { message } = await failureOf('not-started', 'no node takes it: 3 looked at');

    expect(message).toBe('job trade/walk could not be started: no node takes it: 3 looked at');
  });
});
