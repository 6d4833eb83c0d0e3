import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparingBuild } from '../../activities/job-build.ts';
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

  it('is prepared by several copies at once, none of which fails or leaves anything', async () => {
    const copies = Array.from({ length: 20 }, () =>
      copyInputs(launcher('loop:1'), artifacts, { ...JOB, build: BUILD }),
    );

    await expect(Promise.all(copies)).resolves.toHaveLength(20);
    expect(await readdir(directory)).toEqual(['build.json']);
  });

  it('lets another user read what is told, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await copyInputs(launcher('loop:1'), artifacts, { ...JOB, build: BUILD });
    } finally {
      process.umask(before);
    }

    expect((await stat(join(directory, 'build.json'))).mode & 0o777).toBe(0o644);
  });
});

describe('preparingBuild', () => {
  it('tells nothing of a job type that the build has no hash of', () => {
    const sources = { build: 'c0ffee', contracts: { 'trade/walk': 'x' } };

    expect(preparingBuild(sources, 'trade/walk')).toEqual({ build: BUILD });
    expect(preparingBuild(sources, 'retrain/train')).toEqual({});
    expect(preparingBuild(undefined, 'trade/walk')).toEqual({});
  });
});
