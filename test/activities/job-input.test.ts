import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyInputs } from '../../activities/job-input.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { JobBuild } from '../../schemas/job.ts';
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
const BUILD = { build: 'c0ffee', contract: 'x', mayDiffer: false };
const artifacts = { copyTo: () => Promise.resolve() } as unknown as ArtifactStore;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'job-input-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function launcher(image?: string): Launcher {
  const directories = () => Promise.resolve({ input: directory, output: directory });
  return { directories, ...(image !== undefined && { image }) } as unknown as Launcher;
}

describe('copyInputs', () => {
  it('tells a job which build prepared it and in which image it runs, however often it is tried', async () => {
    for (const image of [undefined, 'loop:1']) {
      await copyInputs(launcher(image), artifacts, { ...JOB, build: BUILD });

      const told = JobBuild.parse(
        JSON.parse(await readFile(join(directory, 'build.json'), 'utf8')),
      );
      expect(told).toEqual({ ...BUILD, image: image ?? null });
    }
    expect(await readdir(directory)).toEqual(['build.json']);
  });

  it('tells nothing of a job that was prepared before builds were told', async () => {
    await copyInputs(launcher('loop:1'), artifacts, JOB);

    expect(await readdir(directory)).toEqual([]);
  });
});
