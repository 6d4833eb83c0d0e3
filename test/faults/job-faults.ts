import { until } from '../support/loop.ts';
import { workerBug } from './fault.ts';
import type { Fault, Planted } from './fault.ts';
import type { JobFault } from './plan.ts';
import type { Trial } from './trial.ts';

const WAIT_MS_MAX = 60_000;
const PLANTED_WAIT_MS_MAX = 20_000;

interface JobFaultRow {
  readonly fault: JobFault;
  readonly name: string;
  readonly isQuick: boolean;
  /** What the operator must read: failure type and cause. */
  readonly text: RegExp;
  readonly planted: Planted;
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
    name: 'job out of memory (700 MiB, limit 400)',
    isQuick: false,
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
export const JOB_FAULTS: readonly Fault[] = ROWS.map(
  ({ fault, name, isQuick, text, planted }): Fault => ({
    name,
    isQuick,
    attempts: 2,
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

/** @returns why the cycle waits at its trade stage. @throws when it does not, in time. */
async function waitingCause(trial: Trial, limitMs: number): Promise<string> {
  let cause = '';
  await until(
    'the cycle waits for an operator',
    async () => {
      const view = await trial.status();
      if (view.stage === 'done') throw new Error('the cycle completed with a bad job');
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
