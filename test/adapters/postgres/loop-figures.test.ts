import { readLoopFigures } from '../../../adapters/postgres/loop-figures.ts';
import { setStageStatus } from '../../../adapters/postgres/stages.ts';
import { Stage } from '../../../schemas/stage.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const STRATEGY = 'rsi-macd';
const STRATEGIES = 1_000;
const CYCLES = 100_000;

describe('readLoopFigures', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, STRATEGY);
  });
  afterEach(() => store.close());

  async function insertCycle(cycleId: string, status: string, year: number): Promise<void> {
    await store.pool.query(
      `insert into cycles (cycle_id, kind, strategy_id, window_from, window_to, clock, seed, actor,
         status, ended_at)
       values ($1, 'cycle', $2, make_timestamptz($3, 1, 1, 0, 0, 0), make_timestamptz($3 + 1, 1, 1, 0, 0, 0),
         'replay', 7, 'test', $4, case when $4 = 'completed' then now() - interval '1 hour' end)`,
      [cycleId, STRATEGY, year, status],
    );
  }

  it('has zeros and nulls for a loop that has done nothing', async () => {
    expect(await readLoopFigures(store.pool)).toEqual({
      cycles: { running: 0, 'awaiting-operator': 0, completed: 0, aborted: 0 },
      waitingStages: 0,
      waitingSecondsMax: 0,
      strategies: [
        {
          strategyId: STRATEGY,
          releaseVersion: null,
          generation: 0,
          completedSeconds: null,
          windowEndSeconds: null,
        },
      ],
    });
  });

  it('counts cycles, and ages from when a stage began to wait and not from when it began', async () => {
    await insertCycle('a', 'completed', 2012);
    await insertCycle('b', 'completed', 2013);
    await insertCycle('c', 'awaiting-operator', 2014);
    await store.pool.query(
      `insert into stages (cycle_id, stage, status, started_at)
       values ('c', 'trade', 'running', now() - interval '1 day')`,
    );
    await setStageStatus(store.pool, 'c', Stage.Trade, { status: 'awaiting-operator', cause: 'x' });

    const figures = await readLoopFigures(store.pool);

    expect(figures.cycles).toEqual({
      ...{ running: 0, aborted: 0 },
      ...{ 'awaiting-operator': 1, completed: 2 },
    });
    expect(figures.waitingStages).toBe(1);
    expect(figures.waitingSecondsMax).toBeLessThan(60);
    expect(figures.strategies[0]).toMatchObject({
      windowEndSeconds: Date.parse('2014-01-01T00:00:00Z') / 1000,
    });
    expect(figures.strategies[0]?.completedSeconds).toBeGreaterThan(3_500);
    expect(figures.strategies[0]?.completedSeconds).toBeLessThan(3_700);
  });

  it('stays cheap with 1,000 strategies and 100,000 cycles', async () => {
    await store.pool.query(
      `insert into strategies (strategy_id, owner, instrument_id, series_id, settings, description)
       select 's' || n, owner, instrument_id, series_id, settings, description
       from strategies, generate_series(1, ${String(STRATEGIES)}) as n`,
    );
    await store.pool.query(
      `insert into channels (strategy_id, salt)
       select strategy_id, 'x' from strategies on conflict do nothing`,
    );
    await store.pool.query(
      `insert into cycles (cycle_id, kind, strategy_id, window_from, window_to, clock, seed, actor,
         status, ended_at)
       select 'c' || n, 'cycle', 's' || (1 + n % ${String(STRATEGIES)}),
         timestamptz '2000-01-01' + n * interval '1 hour',
         timestamptz '2000-01-01' + (n + 1) * interval '1 hour', 'replay', 7, 'test', 'completed', now()
       from generate_series(1, ${String(CYCLES)}) as n`,
    );
    await store.pool.query('vacuum analyze cycles');
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const startedAt = performance.now();
      await readLoopFigures(store.pool);
      times.push(performance.now() - startedAt);
    }

    const figures = await readLoopFigures(store.pool);

    expect(figures.cycles.completed).toBe(CYCLES);
    expect(figures.strategies).toHaveLength(STRATEGIES + 1);
    // The quickest of five: other tests run beside this one. Measured in docs/metrics.md.
    expect(Math.min(...times)).toBeLessThan(500);
  }, 120_000);
});
