import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadInputError, TryAgainError } from '../../jobs/contract/job-error.ts';
import { JOBS } from '../../jobs/contract/job-table.ts';
import type { JobModule, JobTable } from '../../jobs/contract/job.ts';
import { JobFailure, JobResult } from '../../schemas/job.ts';
import { JOB_TYPES } from '../../schemas/jobs/job-type.ts';
import { JobDirectory } from '../support/job-directory.ts';

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

const REPORT = { title: 'A report', strategies: [] };
const SHA = 'a'.repeat(64);

/** The table with `analyze/report` replaced: its input and result are the smallest. */
function withJob(run: JobModule<'analyze/report'>['run']): JobTable {
  return { ...JOBS, 'analyze/report': () => Promise.resolve({ run }) };
}

function failing(error: Error): JobTable {
  return withJob(() => Promise.reject(error));
}

describe('runJob', () => {
  it('writes the result last, with the hashes of the files that the job wrote', async () => {
    const jobs = withJob(async ({ readText, writeFile, log }) => {
      const sha256 = await writeFile('report.html', readText('data.txt'));
      log('done');
      return { reportSha256: sha256 };
    });

    const run = await directory.run('analyze/report', REPORT, { 'data.txt': 'hello' }, { jobs });

    expect(run.code).toBe(0);
    expect(run.log).toEqual(['done']);
    expect(run.output('report.html')).toBe('hello');
    const result = JobResult.parse(JSON.parse(run.output('result.json') ?? ''));
    expect(result).toMatchObject({ jobName: 'a-job', jobType: 'analyze/report' });
    // sha256 of "hello"
    expect(result.files).toEqual({
      'report.html': '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
    expect(run.output('failure.json')).toBeNull();
  });

  it('leaves nothing half-written under a final name', async () => {
    const directories = directory.directories();
    mkdirSync(join(directories.output, 'result.json'));
    writeFileSync(join(directories.input, 'input.json'), JSON.stringify(envelope()));

    const run = await directory.runIn(
      directories,
      'analyze/report',
      withJob(() => Promise.resolve({ reportSha256: SHA })),
    );

    expect(run.code).toBe(70);
    expect(readdirSync(join(directories.output, 'result.json'))).toEqual([]);
  });

  it.each([
    ['bad input', new BadInputError('from must lie before to'), 65],
    ['try again', new TryAgainError('the feed did not answer'), 75],
    ['a bug', new TypeError('x is not a function'), 70],
  ])('ends %s with its exit code and says why', async (_case, error, code) => {
    const run = await directory.run('analyze/report', REPORT, {}, { jobs: failing(error) });

    expect(run.code).toBe(code);
    expect(JobFailure.parse(JSON.parse(run.output('failure.json') ?? '')).message).toBe(
      error.message,
    );
    expect(run.errors.join('\n')).toContain(error.message);
    expect(run.output('result.json')).toBeNull();
  });

  it('shows the stack of a bug only', async () => {
    const bug = await directory.run(
      'analyze/report',
      REPORT,
      {},
      { jobs: failing(new Error('x')) },
    );
    const bad = await directory.run(
      'analyze/report',
      REPORT,
      {},
      { jobs: failing(new BadInputError('x')) },
    );

    expect(bug.errors.join()).toContain('at ');
    expect(bad.errors).toEqual(['x']);
  });

  it('cuts a failure that is too long for the contract', async () => {
    const jobs = failing(new BadInputError('x'.repeat(9000)));

    const run = await directory.run('analyze/report', REPORT, {}, { jobs });

    expect(run.failure()).toHaveLength(4000);
  });

  it('counts a result of a wrong shape as a bug', async () => {
    const jobs = withJob(() => Promise.resolve({ reportSha256: 'short' }));

    const run = await directory.run('analyze/report', REPORT, {}, { jobs });

    expect(run.code).toBe(70);
    expect(run.output('result.json')).toBeNull();
  });

  it('knows a program for every job type', async () => {
    const types = Object.keys(JOB_TYPES) as (keyof JobTable)[];

    for (const type of types) {
      const { run } = await JOBS[type]();

      expect(run).toEqual(expect.any(Function));
    }
  });
});

function envelope(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    contract: 'strategy-loop/job/1',
    jobName: 'a-job',
    jobType: 'analyze/report',
    strategyId: 'rsi-macd',
    stage: 'analyze',
    attempt: 1,
    files: {},
    input: REPORT,
    ...over,
  };
}

describe('bad input of any job', () => {
  const jobs = withJob(() => Promise.reject(new Error('the job must not be started')));

  it.each<[string, Record<string, unknown>, string]>([
    [
      'another contract version',
      { contract: 'strategy-loop/job/2' },
      'contract must be strategy-loop/job/1, was "strategy-loop/job/2". Run this job with the version',
    ],
    ['no contract version', { contract: undefined }, 'was missing'],
    ['another job type', { jobType: 'trade/walk' }, 'jobType must be analyze/report'],
    ['attempt 0', { attempt: 0 }, 'attempt must be > 0, was 0'],
    ['an unknown stage', { stage: 'trading' }, 'stage must be one of collect, trade'],
    ['an unknown field', { colour: 1 }, 'unknown field colour'],
    ['a path for a file name', { files: { '../secret': SHA } }, 'must be a plain lower-case file'],
    ['a missing file', { files: { 'bars.csv': SHA } }, 'files.bars.csv must lie in the input'],
    ['a missing field', { input: { strategies: [] } }, 'title must be of type string, was missing'],
    ['a wrong type', { input: { ...REPORT, title: 3 } }, 'title must be of type string, was 3'],
  ])('is refused: %s', async (_case, over, message) => {
    const run = await directory.run('analyze/report', REPORT, {}, { envelope: over, jobs });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain(message);
  });

  it('is refused: a file whose bytes are not the listed ones', async () => {
    const over = { files: { 'bars.csv': SHA } };

    const run = await directory.run(
      'analyze/report',
      REPORT,
      { 'bars.csv': 'cut' },
      { envelope: over, jobs },
    );

    expect(run.code).toBe(65);
    expect(run.failure()).toMatch(/files\.bars\.csv must have SHA-256 a{64}, was [0-9a-f]{64}\./);
  });

  it('is refused: a file that the job reads but nobody listed', async () => {
    const reading = withJob(({ readFile }) => {
      readFile('bars.csv');
      return Promise.resolve({ reportSha256: SHA });
    });

    const run = await directory.run('analyze/report', REPORT, {}, { jobs: reading });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain('files must list bars.csv, which this job reads; listed: none');
  });

  it('is refused: a job type that does not exist', async () => {
    const run = await directory.run('trade/wlak', {});

    expect(run.code).toBe(65);
    expect(run.failure()).toContain('job type must be one of collect/fetch, trade/walk');
  });

  it.each([
    ['no input.json', null, 'input.json must lie in the input directory'],
    ['input.json that is cut', '{"contract":', 'input.json must be JSON'],
    ['input.json that is a list', '[]', 'contract must be strategy-loop/job/1, was missing'],
  ])('is refused: %s', async (_case, text, message) => {
    const directories = directory.directories();
    if (text !== null) {
      writeFileSync(join(directories.input, 'input.json'), text);
    }

    const run = await directory.runIn(directories, 'analyze/report', jobs);

    expect(run.code).toBe(65);
    expect(run.failure()).toContain(message);
  });

  it('still ends with its exit code when the output directory is gone', async () => {
    const directories = directory.directories();
    rmSync(directories.output, { recursive: true });

    const run = await directory.runIn(directories, 'analyze/report', jobs);

    expect(run.code).toBe(65);
    expect(run.errors.join('\n')).toContain('failure.json could not be written');
  });
});
