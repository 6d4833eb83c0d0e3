import { MockActivityEnvironment } from '@temporalio/testing';
import { createBackfillActivities } from '../../../activities/backfill.ts';
import { missingBars } from '../../../activities/build-dataset.ts';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { upsertBars } from '../../../adapters/postgres/series.ts';
import { demoSettings } from '../../../cli/defaults.ts';
import type { BackfillInput, BackfillWindow } from '../../../schemas/payload.ts';
import { LauncherKind } from '../../../schemas/task-queue.ts';
import { TEST_TIMING } from '../../support/loop.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const INPUT: BackfillInput = {
  strategyId: 'rsi-macd',
  from: '2012-01-01',
  to: '2013-01-01',
  step: '1mo',
  trainFrom: null,
  seed: 7,
  launcher: LauncherKind.Process,
  actor: 'test',
  timing: TEST_TIMING,
  isReady: true,
  ran: 0,
  historyLengthMax: 1000,
};
const JANUARY = { from: '2012-01-01', to: '2012-02-01' };

describe('nextBackfillWindow', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, INPUT.strategyId);
    const { seriesId } = demoSettings(INPUT.strategyId);
    const bars = ['2012-01-03', '2012-01-27'].map((time) => ({
      ...{ time, open: 1, high: 1, low: 1, close: 1, volume: 1 },
    }));
    await upsertBars(store.pool, seriesId, bars);
  });
  afterEach(() => store.close());

  async function nextOn(day: string): Promise<BackfillWindow | null> {
    const artifacts = createFileArtifactStore(await scratchDirectory('unfinished'));
    const now = (): Date => new Date(`${day}T12:00:00Z`);
    const activities = createBackfillActivities({ pool: store.pool, artifacts, now, host: 'h' });
    const { nextBackfillWindow } = activities;
    const environment = new MockActivityEnvironment();
    return environment.run<[BackfillInput], BackfillWindow | null, typeof nextBackfillWindow>(
      nextBackfillWindow,
      INPUT,
    );
  }

  it('leaves a window for later that is not over, whose bars lack few days', async () => {
    // Would notice a month that runs four days before its end: its last bars would never trade.
    expect(await nextOn('2012-01-28')).toBeNull();
    expect(await nextOn('2012-02-01')).toMatchObject({ window: JANUARY });
  });
});

describe('missingBars', () => {
  it('says of a window that is not over that it is not, and not that it lacks bars', () => {
    const now = new Date('2012-01-28T12:00:00Z');

    expect(missingBars({ last: '2012-01-27' }, JANUARY, now)).toMatch(
      /^the window 2012-01-01 to 2012-02-01 is not over yet, today is 2012-01-28; abort this cycle/,
    );
    expect(missingBars(null, JANUARY, now)).toContain('is not over yet');
    expect(missingBars({ last: '2012-01-27' }, JANUARY, new Date('2012-02-01'))).toBeNull();
    expect(missingBars(null, JANUARY, new Date('2012-02-01'))).toContain('there are no bars');
  });
});
