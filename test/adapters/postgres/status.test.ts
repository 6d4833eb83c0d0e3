import { openCycle, setCycleStatus } from '../../../adapters/postgres/cycles.ts';
import { publish } from '../../../adapters/postgres/publish.ts';
import { setStageStatus, startStage, retryStage } from '../../../adapters/postgres/stages.ts';
import { readStatus } from '../../../adapters/postgres/status.ts';
import type { StoreStatus } from '../../../adapters/postgres/status.ts';
import { fillStore } from '../../../bench/status/fill-store.ts';
import { Stage } from '../../../schemas/stage.ts';
import { aManifest, aRetrainCycle, passGate } from '../../support/releases.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const STRATEGY = 'rsi-macd';
const CYCLE = 'cycle/rsi-macd/2013-01-01_2014-01-01';

describe('readStatus', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
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
  });
  afterEach(() => store.close());

  function read(): Promise<StoreStatus> {
    return readStatus(store.pool);
  }

  async function fail(cause: string): Promise<void> {
    await startStage(store.pool, CYCLE, Stage.Collect, null);
    const status = { status: 'awaiting-operator', cause } as const;
    await setStageStatus(store.pool, CYCLE, Stage.Collect, status);
    await setCycleStatus(store.pool, CYCLE, 'awaiting-operator');
  }

  it('shows a running cycle with its stage, and no release before the first', async () => {
    await startStage(store.pool, CYCLE, Stage.Collect, null);

    const status = await read();

    expect(status.running).toMatchObject([{ cycleId: CYCLE, stage: 'collect' }]);
    expect(status.strategies).toMatchObject([
      { strategyId: STRATEGY, champion: null, championSince: null, lastState: 'running' },
    ]);
  });

  it('shows what waits, since when, and why', async () => {
    await fail('JobBadInput: line 7');

    const { cycles, waiting } = await read();

    expect(cycles).toEqual({ running: 0, 'awaiting-operator': 1, completed: 0, aborted: 0 });
    expect(waiting).toMatchObject([
      { cycleId: CYCLE, stage: 'collect', cause: 'JobBadInput: line 7' },
    ]);
    expect(waiting[0]?.ageSeconds).toBeLessThan(60);
  });

  it('counts the wait from the failure, not from the start of the stage', async () => {
    await startStage(store.pool, CYCLE, Stage.Collect, null);
    await store.pool.query(`update stages set started_at = now() - interval '3 hours'`);

    await fail('lost');

    // Would notice an age that is taken from started_at.
    expect((await read()).waiting[0]?.ageSeconds).toBeLessThan(60);
  });

  it('keeps the time of a wait whose cause is written anew, and forgets it with the retry', async () => {
    await fail('first');
    await store.pool.query(
      `update stages set waiting_since = now() - interval '2 hours' where stage = 'collect'`,
    );
    const again = { status: 'awaiting-operator', cause: 'second' } as const;
    await setStageStatus(store.pool, CYCLE, Stage.Collect, again);

    const { waiting } = await read();
    await retryStage(store.pool, CYCLE, Stage.Collect);

    expect(waiting[0]?.ageSeconds).toBeGreaterThan(7_000);
    expect((await read()).waiting).toEqual([]);
    await fail('third');
    expect((await read()).waiting[0]?.ageSeconds).toBeLessThan(60);
  });

  it('dates a champion from its own start, and not from later moves of the channel', async () => {
    const cycleId = await aRetrainCycle(store.pool, STRATEGY);
    const manifest = aManifest();
    await passGate(store.pool, cycleId, manifest, 0);
    await publish(store.pool, {
      manifest,
      model: null,
      provenance: { cycleId, actor: 'test', launcher: 'process', host: 'here' },
      expectedGeneration: 0,
      reason: 'first',
    });
    await store.pool.query(
      `update channel_history set moved_at = now() - interval '1 day';
       insert into channel_history (strategy_id, generation, stable, weight, salt, reason, actor)
         select strategy_id, 2, 1, 0, salt, 'candidate dropped', 'test' from channels;
       update channels set generation = 2`,
    );

    const [strategy] = (await read()).strategies;

    expect(strategy?.champion).toBe(1);
    // Would notice a date that is the newest move of the channel.
    expect(Date.now() - Date.parse(strategy?.championSince ?? '')).toBeGreaterThan(80_000_000);
  });
});

describe('readStatus of a filled store', () => {
  let store: TestStore;

  beforeAll(async () => {
    store = await openTestStore();
    await fillStore(store.pool, { strategies: 100, cyclesPerStrategy: 3 });
  });
  afterAll(() => store.close());

  it('counts every cycle once and puts those first that need a person', async () => {
    const { cycles, retrains, strategies } = await readStatus(store.pool);

    expect(cycles).toEqual({ running: 4, 'awaiting-operator': 2, completed: 294, aborted: 0 });
    expect(retrains.completed).toBe(100);
    expect(
      strategies.slice(0, 3).map(({ strategyId, lastState }) => [strategyId, lastState]),
    ).toEqual([
      ['strategy-0050', 'awaiting-operator'],
      ['strategy-0100', 'awaiting-operator'],
      ['strategy-0020', 'running'],
    ]);
  });
});
