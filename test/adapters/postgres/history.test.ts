import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { challengersLike, listChallengers } from '../../../adapters/postgres/challenger-list.ts';
import { openCycle } from '../../../adapters/postgres/cycles.ts';
import { listJobRuns, readHistory } from '../../../adapters/postgres/history.ts';
import {
  insertJobRun,
  markJobFailed,
  markJobSucceeded,
} from '../../../adapters/postgres/job-runs.ts';
import { recordAction } from '../../../adapters/postgres/operator-actions.ts';
import { publish, releaseIdOf } from '../../../adapters/postgres/publish.ts';
import { setStageStatus, startStage } from '../../../adapters/postgres/stages.ts';
import { linesOf, readJobLog } from '../../../cli/job-log.ts';
import type { JobLog } from '../../../cli/job-log.ts';
import { findContent } from '../../../cli/release-content.ts';
import { DEFAULT_JOB_LIMITS } from '../../../schemas/payload.ts';
import { Stage } from '../../../schemas/stage.ts';
import { aManifest, aRetrainCycle, passGate, sha } from '../../support/releases.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const STRATEGY = 'rsi-macd';
const CYCLE = 'cycle/rsi-macd/2013-01-01_2014-01-01';

describe('the history of a cycle', () => {
  let store: TestStore;
  let directory: string;

  beforeEach(async () => {
    store = await openTestStore();
    directory = await scratchDirectory('history');
    await registerTestStrategy(store.pool, STRATEGY);
    await openCycle(store.pool, {
      cycleId: CYCLE,
      strategyId: STRATEGY,
      window: { from: '2013-01-01', to: '2014-01-01' },
      kind: 'cycle',
      clock: 'replay',
      seed: 1,
      actor: 'test',
      trainer: {},
      trainFrom: null,
    });
    await startStage(store.pool, CYCLE, Stage.Collect, null);
  });
  afterEach(() => store.close());

  /** Readies the next attempt of the collect job. @returns its name. */
  async function ready(attempt: number): Promise<string> {
    const jobName = `sl-collect-${String(attempt)}`;
    const slot = { cycleId: CYCLE, stage: Stage.Collect, unit: 'fetch' };
    await insertJobRun(store.pool, slot, {
      jobName,
      jobType: 'collect/fetch',
      strategyId: STRATEGY,
      stage: Stage.Collect,
      attempt,
      specHash: sha('spec'),
      inputSha256: sha('input'),
      files: [],
      limits: DEFAULT_JOB_LIMITS,
    });
    return jobName;
  }

  async function logOf(jobName: string): Promise<JobLog> {
    const [job] = await listJobRuns(store.pool, { jobName });
    if (job === undefined) throw new Error(`${jobName} was not readied`);
    return readJobLog(job, {
      artifacts: createFileArtifactStore(join(directory, 'artifacts')),
      jobsDirectory: join(directory, 'jobs'),
    });
  }

  async function storeLog(text: string): Promise<string> {
    return createFileArtifactStore(join(directory, 'artifacts')).put(text);
  }

  it('tells every attempt, its failure and the decision about it, in order', async () => {
    const failure = { type: 'JobFailed', message: 'exited with 70', logSha256: sha('log') };
    await markJobFailed(store.pool, await ready(1), failure);
    const waits = { status: 'awaiting-operator', cause: 'JobFailed' } as const;
    await setStageStatus(store.pool, CYCLE, Stage.Collect, waits);
    await recordAction(store.pool, CYCLE, {
      stage: 'collect',
      action: 'retry',
      runId: 'run',
      failureNumber: 1,
      reason: 'feed mended',
      actor: 'ada',
    });
    await ready(2);

    const history = await readHistory(store.pool, CYCLE);

    expect(history?.jobs.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'failed'],
      [2, 'running'],
    ]);
    expect(history?.jobs[0]?.failure).toMatchObject({ message: 'exited with 70' });
    expect(history?.decisions).toMatchObject([{ action: 'retry', actor: 'ada' }]);
    expect(await readHistory(store.pool, 'cycle/none')).toBeNull();
  });

  it('has the log of an attempt that succeeded, from the artifact store', async () => {
    const jobName = await ready(1);
    const logSha256 = await storeLog('first\n{"level":"warn","gap":3}\n');
    const finished = { jobName, resultSha256: sha('r'), files: [], wallMs: 1, peakMemoryBytes: 1 };
    await markJobSucceeded(store.pool, { ...finished, logSha256 });

    const log = await logOf(jobName);

    expect(log.source).toBe('artifact');
    expect(log.lines).toEqual([
      { text: 'first', fields: null },
      { text: '{"level":"warn","gap":3}', fields: { level: 'warn', gap: 3 } },
    ]);
  });

  it('has the log of an attempt that failed: its hash is kept with the failure', async () => {
    const jobName = await ready(1);
    const logSha256 = await storeLog('line 7: no price\n');
    await markJobFailed(store.pool, jobName, { type: 'JobBadInput', message: 'm', logSha256 });

    // Would notice a reader that knows the logs of successes only.
    expect((await logOf(jobName)).lines).toEqual([{ text: 'line 7: no price', fields: null }]);
  });

  it('reads what a running job has written so far, whole lines only', async () => {
    const jobName = await ready(1);
    const before = await logOf(jobName);
    await mkdir(join(directory, 'jobs', jobName), { recursive: true });
    await writeFile(join(directory, 'jobs', jobName, 'log'), 'one\ntwo\nthr');

    const log = await logOf(jobName);

    expect(before).toMatchObject({ source: 'none', lines: [] });
    expect(before.problem).toContain('not started');
    expect(log).toMatchObject({ source: 'live', problem: null });
    expect(log.lines.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('says that a log is gone or damaged, and shows the others', async () => {
    const jobName = await ready(1);
    await markJobFailed(store.pool, jobName, { type: 'T', message: 'm', logSha256: sha('gone') });

    expect(await logOf(jobName)).toMatchObject({ source: 'none', lines: [] });
    expect((await logOf(jobName)).problem).toContain('is not in the artifact store');
  });

  it('keeps empty lines, and takes a line that begins with a brace for text', () => {
    expect(linesOf('a\n\n{b\n').map(({ text, fields }) => [text, fields])).toEqual([
      ['a', null],
      ['', null],
      ['{b', null],
    ]);
    expect(linesOf('')).toEqual([]);
  });
});

describe('challengers', () => {
  let store: TestStore;
  let cycleId: string;

  beforeAll(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, STRATEGY);
    cycleId = await aRetrainCycle(store.pool, STRATEGY);
    const [first, second] = [aManifest(), aManifest({ seed: 2 })];
    await passGate(store.pool, cycleId, first, 0);
    await passGate(store.pool, cycleId, second, 1);
    await publish(store.pool, {
      manifest: first,
      model: null,
      provenance: { cycleId, actor: 'test', launcher: 'process', host: 'here' },
      expectedGeneration: 0,
      reason: 'first',
    });
  });
  afterAll(() => store.close());

  it('are listed with what became of them, published or not', async () => {
    const listed = await listChallengers(store.pool, STRATEGY);

    expect(new Map(listed.map((each) => [each.challengerId, each.version]))).toEqual(
      new Map([
        [releaseIdOf(aManifest()), 1],
        [releaseIdOf(aManifest({ seed: 2 })), null],
      ]),
    );
    expect(await listChallengers(store.pool, 'other')).toEqual([]);
  });

  it('are found by number and by the beginning of an id', async () => {
    const id = releaseIdOf(aManifest({ seed: 2 }));

    expect(await findContent(store.pool, `${STRATEGY}@1`, undefined)).toMatchObject({ version: 1 });
    expect(await findContent(store.pool, '1', STRATEGY)).toMatchObject({ version: 1 });
    expect(await findContent(store.pool, id.slice(0, 12), undefined)).toMatchObject({
      id,
      version: null,
    });
    expect(await challengersLike(store.pool, '')).toHaveLength(2);
  });

  it.each([
    ['1', undefined, 'names no release'],
    ['7', STRATEGY, 'has no release 7; it has 1 to 1'],
    ['000000000000', undefined, 'no release or challenger has an id'],
    ['% or 1=1', undefined, 'names no release'],
  ])('are refused when %s names none', async (text, strategy, message) => {
    await expect(findContent(store.pool, text, strategy)).rejects.toThrow(message);
  });
});
