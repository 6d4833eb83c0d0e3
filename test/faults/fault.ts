import { until } from '../support/loop.ts';
import { compareLedgers, readLedger } from './ledger.ts';
import type { LedgerDifference } from './ledger.ts';
import type { PlantedBug } from './plan.ts';
import { FORGETFUL_INGEST } from './planted.ts';
import type { Stand } from './stand.ts';
import type { Trial } from './trial.ts';

/** A mistake of the program, planted to see whether the checker finds it. */
export type Mistake =
  | { readonly worker: PlantedBug }
  | { readonly store: 'forgetful-ingest'; readonly worker?: PlantedBug }
  /** The fault itself shows what the mistake would leave. */
  | { readonly fault: 'escaping-job' };

/** A mistake in words for the table, and the sign by which the checker must catch it. */
export interface Planted {
  readonly text: string;
  readonly mistake: Mistake;
  readonly sign: RegExp;
}

/** What happens to a running cycle. */
export interface Fault {
  readonly name: string;
  /** Whether the check is quick enough for every test run. */
  readonly isQuick: boolean;
  /** Attempts of the most often tried job: 2 when an operator retries. */
  readonly attempts: number;
  readonly planted: Planted;
  /** Longest time of a cycle with the planted bug, where the bug is that it never ends. */
  readonly plantedLimitMs?: number;
  /**
   * Starts workers and the cycle, makes the fault happen, and mends what a person would mend.
   *
   * @returns what was observed, in a few words.
   */
  readonly happen: (stand: Stand, trial: Trial, mistake: Mistake | null) => Promise<string>;
}

/** How a fault went. */
export interface Verdict extends LedgerDifference {
  readonly fault: string;
  readonly observed: string;
  readonly seconds: number;
  /** Empty when everything is as it must be. */
  readonly problems: readonly string[];
}

const COMPLETE_MS_MAX = 90_000;
const LEFT_MS_MAX = 60_000;
const PLANTED_LEFT_MS_MAX = 3_000;

/** The bug that the worker itself is to have. */
export function workerBug(mistake: Mistake | null): { planted?: PlantedBug } {
  const planted = mistake !== null && 'worker' in mistake ? mistake.worker : undefined;
  return planted === undefined ? {} : { planted };
}

/** Lets a fault happen to a cycle, waits for its end, and checks what is left. */
export async function runFault(
  stand: Stand,
  fault: Fault,
  mistake: Mistake | null,
): Promise<Verdict> {
  const startedAt = performance.now();
  const trial = await stand.openTrial();
  const problems: string[] = [];
  let observed = '';
  try {
    if (mistake !== null && 'store' in mistake) await trial.pool.query(FORGETFUL_INGEST);
    try {
      observed = await fault.happen(stand, trial, mistake);
      const limitMs = mistake === null ? COMPLETE_MS_MAX : (fault.plantedLimitMs ?? 30_000);
      await trial.completed(limitMs);
    } catch (error) {
      problems.push((error as Error).message);
    }
    await trial.stopWorkers();
    const difference = compareLedgers(await readLedger(trial.pool), stand.unharmed);
    problems.push(
      ...rowProblems('lost', difference.lost),
      ...rowProblems('too many', difference.doubled),
      ...(await attemptProblems(trial, fault.attempts)),
      ...(await secretProblems(trial)),
      ...(await leftBehind(trial, mistake === null ? LEFT_MS_MAX : PLANTED_LEFT_MS_MAX)),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    return { fault: fault.name, observed, seconds, problems, ...difference };
  } finally {
    await trial.close();
  }
}

/** One problem a table: `3 rows too many in fills: …`. */
function rowProblems(what: string, rows: readonly string[]): string[] {
  const tables = new Map<string, string[]>();
  for (const row of rows) {
    const [table = ''] = row.split(' ', 1);
    tables.set(table, [...(tables.get(table) ?? []), row]);
  }
  return [...tables].map(
    ([table, its]) => `${String(its.length)} rows ${what} in ${table}: ${its[0] ?? ''}`,
  );
}

/** The problem by which the checker has caught a planted bug; null when it has not. */
export function caughtBy({ sign }: Planted, { problems }: Verdict): string | null {
  return problems.find((problem) => sign.test(problem)) ?? null;
}

/** Whatever breaks, the log never holds the password of the database. */
async function secretProblems(trial: Trial): Promise<string[]> {
  const log = await trial.workerLog();
  const { password } = new URL(trial.databaseUrl);
  return log.includes(password) ? ['the log of the worker holds the password'] : [];
}

async function attemptProblems({ pool }: Trial, attempts: number): Promise<string[]> {
  const { rows } = await pool.query<{ max: number; running: number }>(
    `select max(attempt)::int as max, (count(*) filter (where status = 'running'))::int as running
     from job_runs`,
  );
  const { max = 0, running = 0 } = rows[0] ?? {};
  return [
    ...(max === attempts ? [] : [`jobs had ${String(max)} attempts, not ${String(attempts)}`]),
    ...(running === 0 ? [] : [`${String(running)} jobs are still booked as running`]),
  ];
}

async function leftBehind(trial: Trial, limitMs: number): Promise<string[]> {
  let left: string[] = [];
  await until(
    'nothing is left',
    async () => {
      left = await trial.leftBehind();
      return left.length === 0;
    },
    limitMs,
  ).catch(() => undefined);
  return left.map((what) => `left behind after ${String(limitMs / 1000)} s: ${what}`);
}
