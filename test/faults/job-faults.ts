import { until } from '../support/loop.ts';
import { workerBug } from './fault.ts';
import type { Fault, Planted } from './fault.ts';
import type { JobFault } from './plan.ts';
import type { Trial } from './trial.ts';

const WAIT_MS_MAX = 60_000;
const PLANTED_WAIT_MS_MAX = 20_000;
const DONE = 'the cycle completed with a bad job';

interface JobFaultRow {
  readonly fault: JobFault;
  readonly name: string;
  readonly isQuick: boolean;
  /** What the operator must read: failure type and cause. */
  readonly text: RegExp;
  readonly planted: Planted;
  /** Of the job, until it is done; 2 by default. */
  readonly attempts?: number;
}

const mends: JobFaultRow['planted'] = {
  text: 'a result that does not hold is mended and taken',
  mistake: { worker: 'mends-results' },
  sign: /completed with a bad job/,
};

const ROWS: readonly JobFaultRow[] = [
  {
    fault: 'hung',
    name: 'job hung until its deadline',
    isQuick: false,
    text: /^JobDeadlineExceeded: .*went over its deadline/,
    planted: {
      text: 'a job that leaves a process behind',
      mistake: { fault: 'escaping-job' },
      sign: /left behind .*process sleep/,
    },
  },
  {
    fault: 'killed',
    name: 'job killed (SIGKILL)',
    isQuick: true,
    text: /^JobKilled: .*was killed by SIGKILL/,
    planted: {
      text: 'a killed job taken for one that ended well',
      mistake: { worker: 'blind-launcher' },
      sign: /the operator reads: ResultRefused/,
    },
  },
  {
    fault: 'out-of-memory',
    name: 'job out of memory twice (1100 MiB, limit 400, then 800)',
    isQuick: false,
    attempts: 3,
    text: /^JobOutOfMemory: .*went over its memory limit/,
    planted: {
      text: 'no memory limit',
      mistake: { worker: 'no-memory-limit' },
      sign: /completed with a bad job/,
    },
  },
  {
    fault: 'truncated',
    name: 'result truncated',
    isQuick: false,
    text: /^ResultRefused: .*truncated or damaged/,
    planted: mends,
  },
  {
    fault: 'extra-file',
    name: 'result with an extra file',
    isQuick: false,
    text: /^ResultRefused: .*extra\.bin/,
    planted: mends,
  },
  {
    fault: 'not-a-number',
    name: 'result with NaN',
    isQuick: false,
    text: /^ResultRefused: .*truncated or damaged/,
    planted: mends,
  },
  {
    fault: 'another-job',
    name: 'result of another job',
    isQuick: false,
    text: /^ResultRefused: .*belongs to job/,
    planted: mends,
  },
];

/** Jobs of the trade stage that go wrong: the cycle waits, says why, and a retry completes it. */
const WAITING: readonly Fault[] = ROWS.map(
  ({ fault, name, isQuick, text, planted, attempts = 2 }): Fault => ({
    name,
    isQuick,
    attempts,
    planted,
    async happen(_stand, trial, mistake) {
      const escapes = mistake !== null && 'fault' in mistake;
      await trial.startWorker({
        job: { type: 'trade/walk', fault: escapes ? 'hung-and-escaped' : fault },
        ...workerBug(mistake),
      });
      await trial.startCycle();
      const cause = await waitingCause(trial, mistake === null ? WAIT_MS_MAX : PLANTED_WAIT_MS_MAX);
      if (!text.test(cause)) throw new Error(`the operator reads: ${cause}`);
      await requireNothingStored(trial);
      await trial.decide('retryStage', 'trade');
      return `waited: "${cause.split('\n')[0] ?? ''}"; completed after retryStage`;
    },
  }),
);

/** A job that ran out of memory gets more of it by itself, once. */
const GROWING: Fault = {
  name: 'job out of memory once (600 MiB, limit 400, then 800)',
  isQuick: false,
  attempts: 2,
  planted: {
    text: 'the next attempt gets no more memory',
    mistake: { worker: 'no-more-memory' },
    sign: /a person was asked: JobOutOfMemory/,
  },
  async happen(_stand, trial, mistake) {
    await trial.startWorker({
      job: { type: 'trade/walk', fault: 'needs-memory' },
      ...workerBug(mistake),
    });
    await trial.startCycle();
    const cause = await waitingCause(trial, WAIT_MS_MAX).catch(String);
    if (!cause.includes(DONE)) throw new Error(`a person was asked: ${cause}`);
    const { rows } = await trial.pool.query<{ type: string; mib: number }>(
      `select failure ->> 'type' as type, (job -> 'limits' ->> 'memoryMib')::int as mib
       from job_runs where stage = 'trade' order by attempt`,
    );
    const [first, second] = rows;
    if (first?.type !== 'JobOutOfMemory') throw new Error(`it failed as ${String(first?.type)}`);
    if (second?.mib !== first.mib * 2) throw new Error(`the second had ${String(second?.mib)} MiB`);
    return 'completed by itself with twice the memory';
  },
};

export const JOB_FAULTS: readonly Fault[] = [...WAITING, GROWING];

/** @returns why the cycle waits at its trade stage. @throws when it does not, in time. */
async function waitingCause(trial: Trial, limitMs: number): Promise<string> {
  let cause = '';
  await until(
    'the cycle waits for an operator',
    async () => {
      const view = await trial.status();
      if (view.stage === 'done') throw new Error(DONE);
      cause = view.status === 'AwaitingOperator' ? (view.cause ?? '') : '';
      return cause !== '';
    },
    limitMs,
  );
  return cause;
}

async function requireNothingStored(trial: Trial): Promise<void> {
  const { rows } = await trial.pool.query<{ count: number }>(
    'select count(*)::int as count from decisions',
  );
  if (rows[0]?.count !== 0) throw new Error('a part of the refused result was stored');
}
