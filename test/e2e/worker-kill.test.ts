import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { cycleId } from '../../schemas/ids.ts';
import { STAGES } from '../../schemas/stage.ts';
import { effectsOf } from '../support/effects.ts';
import { until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

/** Its challenger of 2012 passes the gate, so that publishing is among what is interrupted. */
const STRATEGY = 'ml-forecast';
const POINTS = ['start', 'mid-job', 'after-result', 'after-commit'] as const;

/** Points of activities that belong to no stage alone, and of the gate within roll-out. */
const OTHER_POINTS = [
  'beginCycle.after-commit',
  'judgeChallenger.start',
  'judgeChallenger.after-commit',
  'completeCycle.start',
  'completeCycle.after-commit',
] as const;

/** What a worker says when it dies in the middle of a job. */
interface MidJobDeath {
  readonly killedMidJob: string;
  readonly uptimeMs: number;
}

/**
 * Proves that the job was at work when its worker died: the job ended by itself, and later than
 * that. It lives on without a worker, so its exit comes while there is none.
 */
async function requireJobOutlived(loop: TestLoop): Promise<void> {
  const log = await readFile(join(loop.dataDirectory, 'logs', 'worker.log'), 'utf8');
  const line = log.split('\n').findLast((text) => text.startsWith('{"killedMidJob"'));
  const death = JSON.parse(line ?? '{}') as MidJobDeath;
  const exit = join(loop.session.stack.jobsDirectory, death.killedMidJob, 'exit');
  let fields: string[] = [];
  await until('the job has ended by itself', async () => {
    fields = (await readFile(exit, 'utf8').catch(() => '')).split(/\s+/);
    return fields.length > 1;
  });
  expect(Number(fields[0])).toBe(0);
  // The shim records hundredths of a second.
  expect(Number(fields[1]) * 1000 + 10).toBeGreaterThan(death.uptimeMs);
}

/** Runs one cycle; before it ends, a worker is killed with SIGKILL at each of these points. */
async function runKilled(loop: TestLoop, points: readonly string[]): Promise<void> {
  const id = await loop.startCycle(STRATEGY, YEAR_2012);
  for (const point of points) {
    const doomed = await loop.startWorker({ STRATEGY_LOOP_FAULT_AT: point });
    const end = await Promise.race([
      doomed.gone.then(() => 'killed'),
      loop.result(id).then(() => 'completed'),
    ]);
    expect(`${end} at ${point}`).toBe(`killed at ${point}`);
    expect(doomed.child.signalCode).toBe('SIGKILL');
    if (point.endsWith('.mid-job')) await requireJobOutlived(loop);
  }
  const survivor = await loop.startWorker();
  await loop.result(id);
  await survivor.stop();
}

/** Jobs that ran more than once although their result was already there. */
async function attempts(pool: StorePool): Promise<number> {
  const { rows } = await pool.query<{ max: number }>(
    'select max(attempt) as max from job_runs where cycle_id = $1',
    [cycleId(STRATEGY, YEAR_2012)],
  );
  return rows[0]?.max ?? 0;
}

describe('a worker killed with SIGKILL', () => {
  let unharmed: unknown;

  beforeAll(async () => {
    const loop = await openPreparedLoop(STRATEGY);
    await runKilled(loop, []);
    unharmed = await effectsOf(loop.session.pool, STRATEGY);
    await loop.close();
  }, 120_000);

  it('interrupts a cycle that publishes', () => {
    expect(unharmed).toMatchObject({ channel: [{ stable: 2, generation: 2 }] });
  });

  it.each(STAGES)(
    'at every point of %s leaves each effect done once',
    async (stage) => {
      const loop = await openPreparedLoop(STRATEGY);
      try {
        await runKilled(
          loop,
          POINTS.map((point) => `${stage}.${point}`),
        );

        expect(await effectsOf(loop.session.pool, STRATEGY)).toEqual(unharmed);
        expect(await attempts(loop.session.pool)).toBe(1);
      } finally {
        await loop.close();
      }
    },
    180_000,
  );

  it('at the gate and at the ends of a cycle leaves each effect done once', async () => {
    const loop = await openPreparedLoop(STRATEGY);
    try {
      await runKilled(loop, OTHER_POINTS);

      expect(await effectsOf(loop.session.pool, STRATEGY)).toEqual(unharmed);
      expect(await attempts(loop.session.pool)).toBe(1);
    } finally {
      await loop.close();
    }
  }, 180_000);

  it('would be caught if an ingest were applied twice', async () => {
    const loop = await openPreparedLoop(STRATEGY);
    try {
      // The planted bug: the ingest of the trade stage neither records that it was accepted nor
      // replaces what it wrote before.
      await loop.session.pool.query(`
        alter table decisions drop constraint decisions_pkey;
        create function keep() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before delete on decisions for each row execute function keep();
        create function forget() returns trigger language plpgsql as $$ begin
          if new.stage = 'trade' then new.status := 'running'; new.result := null; end if;
          return new;
        end $$;
        create trigger forget before insert or update on stages
          for each row execute function forget();`);
      await runKilled(loop, ['trade.after-commit']);

      const decisions = (effects: unknown) => (effects as { decisions: unknown }).decisions;
      const found = await effectsOf(loop.session.pool, STRATEGY);
      expect(decisions(found)).not.toEqual(decisions(unharmed));
    } finally {
      await loop.close();
    }
  }, 120_000);
});

describe('a job', () => {
  it('goes on while its worker is dead, and the next worker takes its result over', async () => {
    const loop = await openPreparedLoop(STRATEGY);
    try {
      const id = await loop.startCycle(STRATEGY, YEAR_2012);
      const doomed = await loop.startWorker({ STRATEGY_LOOP_FAULT_AT: 'retrain.mid-job' });
      await doomed.gone;
      const survivor = await loop.startWorker();
      await loop.result(id);
      await survivor.stop();

      await until('no job is left', async () => {
        const { rows } = await loop.session.pool.query(
          `select 1 from job_runs where status = 'running'`,
        );
        return rows.length === 0;
      });
      expect(await attempts(loop.session.pool)).toBe(1);
    } finally {
      await loop.close();
    }
  }, 120_000);
});
