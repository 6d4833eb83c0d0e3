import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

interface EndedSo {
  readonly detail?: string;
  readonly exitCode?: number;
  readonly image?: string;
  readonly job?: PreparedJob;
}

/** What becomes of a job that ended in a way, when it has left no result. */
async function failureOf(
  cause: JobEndCause,
  { detail, exitCode, image, job = JOB }: EndedSo = {},
): Promise<ApplicationFailure> {
  const launcher = {
    image,
    logs: () => Promise.resolve(Buffer.from('the last line')),
    directories: () => Promise.resolve({ input: directory, output: directory }),
  } as unknown as Launcher;
  const artifacts = { put: () => Promise.resolve('b'.repeat(64)) } as unknown as ArtifactStore;
  const figures = { exitCode: exitCode ?? null, signal: null, wallMs: 0, peakMemoryBytes: 0 };
  const ended = { phase: 'ended', cause, ...figures, ...(detail === undefined ? {} : { detail }) };
  const error: unknown = await collectOutput(launcher, artifacts, job, ended as never).catch(
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
    const { message } = await failureOf('not-started', { detail: 'no node takes it: 3 looked at' });

    expect(message).toBe('job trade/walk could not be started: no node takes it: 3 looked at');
  });

  describe('of a job that refuses its input', () => {
    const job = { ...JOB, build: { build: 'c0ffee', contract: 'x', mayDiffer: false } };
    const refused = async (failure: object, more: EndedSo = {}): Promise<string> => {
      await writeFile(join(directory, 'failure.json'), JSON.stringify(failure));
      return (await failureOf('exited', { exitCode: 65, image: 'loop:old', job, ...more })).message;
    };

    it('says that an image is older when it does not tell its build', async () => {
      const message = await refused({ message: 'unknown field proofs.' });

      expect(message).toMatch(
        /^unknown field proofs\. The image loop:old is older than this worker \(build c0ffee\).*image build/,
      );
    });

    it('does not hold it for a fact', async () => {
      expect(await refused({ message: 'unknown field proofs.' })).toContain(
        ', or of another make,',
      );
    });

    it.each<[string, object, EndedSo]>([
      ['an image that tells its build', { build: 'b' }, {}],
      ['a process', {}, { image: undefined as never }],
      ['a job that failed otherwise', {}, { exitCode: 1 }],
      ['a job that was prepared before builds were told', {}, { job: JOB }],
    ])('leaves the words alone of %s', async (_, failure, more) => {
      expect(await refused({ message: 'no column close.', ...failure }, more)).toBe(
        'no column close.',
      );
    });
  });
});
