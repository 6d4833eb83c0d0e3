import {
  openCycle,
  setCycleStatus,
  unfinishedWindow,
  WindowAlreadyRanError,
} from '../../../adapters/postgres/cycles.ts';
import { acceptStage, claimStage, startStage } from '../../../adapters/postgres/stages.ts';
import { cycleId } from '../../../schemas/ids.ts';
import type { BeginCycleInput } from '../../../schemas/payload.ts';
import { Stage } from '../../../schemas/stage.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const STRATEGY = 'rsi-macd';

function input(from: string, to: string): BeginCycleInput {
  const window = { from, to };
  return {
    cycleId: cycleId(STRATEGY, window),
    strategyId: STRATEGY,
    window,
    kind: 'cycle',
    clock: 'replay',
    seed: 7,
    actor: 'test',
    trainer: {},
    trainFrom: null,
  };
}

describe('openCycle', () => {
  let store: TestStore;
  const year = input('2012-01-01', '2013-01-01');

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, STRATEGY);
  });
  afterEach(() => store.close());

  it('finds the row that is there when it is opened again', async () => {
    const first = await openCycle(store.pool, year);
    const second = await openCycle(store.pool, year);

    expect(second).toEqual(first);
  });

  it('answers null for an unknown strategy', async () => {
    expect(await openCycle(store.pool, { ...year, strategyId: 'unknown' })).toBeNull();
  });

  it('refuses a completed window, and another seed', async () => {
    await openCycle(store.pool, year);
    await expect(openCycle(store.pool, { ...year, seed: 8 })).rejects.toThrow(/seed 7, not 8/);

    await setCycleStatus(store.pool, year.cycleId, 'completed');
    await expect(openCycle(store.pool, year)).rejects.toThrow(WindowAlreadyRanError);
  });

  it.each([
    ['2012-06-01', '2013-06-01'],
    ['2011-06-01', '2012-01-02'],
    ['2012-03-01', '2012-04-01'],
  ])('refuses %s to %s beside a running 2012', async (from, to) => {
    await openCycle(store.pool, year);

    await expect(openCycle(store.pool, input(from, to))).rejects.toThrow(/overlaps/);
  });

  it('takes windows that touch, and refuses one before a window that has traded', async () => {
    await openCycle(store.pool, year);
    await startStage(store.pool, year.cycleId, Stage.Trade, Stage.Collect);
    await acceptStage(store.pool, year.cycleId, Stage.Trade, { finished: null, result: {} });

    expect(await openCycle(store.pool, input('2013-01-01', '2014-01-01'))).not.toBeNull();
    await expect(openCycle(store.pool, input('2011-01-01', '2012-01-01'))).rejects.toThrow(
      /lies before/,
    );
  });

  it('refuses the next window while an earlier one is open and has not traded', async () => {
    await openCycle(store.pool, year);

    await expect(openCycle(store.pool, input('2013-01-01', '2014-01-01'))).rejects.toThrow(
      /has not traded yet/,
    );
  });

  it('lets a cycle that has traded and was aborted be finished, whatever came after', async () => {
    const next = input('2013-01-01', '2014-01-01');
    for (const cycle of [year, next]) {
      await openCycle(store.pool, cycle);
      await startStage(store.pool, cycle.cycleId, Stage.Trade, Stage.Collect);
      await acceptStage(store.pool, cycle.cycleId, Stage.Trade, { finished: null, result: {} });
      await setCycleStatus(store.pool, cycle.cycleId, 'aborted');
    }

    expect(await unfinishedWindow(store.pool, STRATEGY)).toEqual(year.window);
    expect(await openCycle(store.pool, year)).not.toBeNull();
  });

  it('lets an aborted window that never traded be cut anew', async () => {
    await openCycle(store.pool, year);
    await setCycleStatus(store.pool, year.cycleId, 'aborted');

    expect(await openCycle(store.pool, input('2012-01-01', '2012-07-01'))).not.toBeNull();
  });
});

describe('an accepted stage result', () => {
  let store: TestStore;
  const year = input('2012-01-01', '2013-01-01');

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, STRATEGY);
    await openCycle(store.pool, year);
    await startStage(store.pool, year.cycleId, Stage.Collect, null);
    await acceptStage(store.pool, year.cycleId, Stage.Collect, {
      finished: null,
      result: { n: 1 },
    });
  });
  afterEach(() => store.close());

  it('stands when the stage is started again', async () => {
    const standing = await startStage(store.pool, year.cycleId, Stage.Collect, null);

    expect(standing?.result).toEqual({ n: 1 });
  });

  it('may be replaced by another attempt until a later stage consumes it', async () => {
    const before = await claimStage(store.pool, year.cycleId, Stage.Collect, 'another-job');
    await startStage(store.pool, year.cycleId, Stage.Trade, Stage.Collect);
    const after = await claimStage(store.pool, year.cycleId, Stage.Collect, 'another-job');

    expect([before, after]).toEqual(['accept', 'stands']);
  });
});
