import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOBS } from '../../jobs/contract/job-table.ts';
import { JOB_BUILD_FILE, JOB_CONTRACT } from '../../schemas/job.ts';
import type { JobBuild } from '../../schemas/job.ts';
import { JobDirectory, type JobRun } from '../support/job-directory.ts';
import { SOURCE_HASHES } from '../support/source-hashes.ts';

const TYPE = 'analyze/report';
const READABLE = { title: 'A page', strategies: [] };
const UNREADABLE = { ...READABLE, proofs: true };
const jobs = {
  ...JOBS,
  [TYPE]: () => Promise.resolve({ run: () => Promise.resolve({ reportSha256: 'a'.repeat(64) }) }),
};

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

/** Runs a job that says which build has prepared it. */
async function runPrepared(input: unknown, prepared: Partial<JobBuild> | null): Promise<JobRun> {
  const directories = directory.directories();
  const write = (name: string, value: unknown): void => {
    writeFileSync(join(directories.input, name), JSON.stringify(value));
  };
  const of = { contract: JOB_CONTRACT, jobName: 'a-job', jobType: TYPE, strategyId: 'rsi-macd' };
  write('input.json', { ...of, stage: 'analyze', attempt: 1, files: {}, input });
  const image = 'ghcr.io/me/loop:1';
  const told = { build: 'c0ffeec0ffee', contract: 'another', mayDiffer: false, image, ...prepared };
  if (prepared !== null) write(JOB_BUILD_FILE, told);
  return directory.runIn(directories, TYPE, jobs);
}

describe('a job that another build has prepared', () => {
  it('is refused before its input is judged, with both builds, the image and the ways out', async () => {
    const run = await runPrepared(UNREADABLE, {});

    expect(run.code).toBe(65);
    expect(run.failure()).toMatch(
      /^the image ghcr\.io\/me\/loop:1 was built from other sources .* it is build bbbbbbbbbbbb, the worker is build c0ffeec0ffee, .*analyze\/report/,
    );
    expect(run.failure()).toContain('`strategy-loop image build --tag ghcr.io/me/loop:1`');
    expect(run.failure()).toContain('STRATEGY_LOOP_ACCEPT_OTHER_CODE=1');
    expect(run.failure()).not.toContain('proofs');
  });

  it('is refused also when its input could be read: what it answers may differ as well', async () => {
    expect((await runPrepared(READABLE, {})).code).toBe(65);
  });

  it('is no matter of an image where jobs are processes', async () => {
    const run = await runPrepared(READABLE, { image: null });

    expect(run.failure()).toMatch(/^this program was built from other sources/);
    expect(run.failure()).not.toContain('image');
  });

  it('is not told to build what is named by digest', async () => {
    const run = await runPrepared(READABLE, { image: 'ghcr.io/me/loop@sha256:12' });

    expect(run.failure()).toContain('Build and push one');
    expect(run.failure()).not.toContain('--tag');
  });

  it('runs when both mean the same by it, whatever else differs', async () => {
    const contract = SOURCE_HASHES.contracts[TYPE] ?? '';

    expect((await runPrepared(READABLE, { contract })).code).toBe(0);
    expect((await runPrepared(UNREADABLE, { contract })).failure()).toMatch(
      /^unknown field .*proofs/,
    );
  });

  it('runs when that is accepted and it can be read; otherwise both reasons are told', async () => {
    expect((await runPrepared(READABLE, { mayDiffer: true })).code).toBe(0);
    expect((await runPrepared(UNREADABLE, { mayDiffer: true })).failure()).toMatch(
      /^the image .* was built from other sources .*It was let try: .*proofs/,
    );
  });

  it('compares nothing when nobody tells', async () => {
    expect((await runPrepared(READABLE, null)).code).toBe(0);
  });
});
