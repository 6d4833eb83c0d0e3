import { buildDataset } from '../../../activities/build-dataset.ts';
import { findGaps } from '../../../activities/find-gaps.ts';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { listFacts } from '../../../adapters/postgres/bar-facts.ts';
import { recordOverride } from '../../../adapters/postgres/calendar-overrides.ts';
import {
  ensureSeries,
  readBarPages,
  readSpan,
  requireSeries,
} from '../../../adapters/postgres/price-series.ts';
import type { StoredSpan } from '../../../adapters/postgres/price-series.ts';
import { insertDataset, upsertBars } from '../../../adapters/postgres/series.ts';
import { CalendarRangeError } from '../../../engine/sessions.ts';
import type { Bar } from '../../../schemas/bar.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';
import { openTestStore } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const SERIES = 'acme-1d';
const DAY_MS = 86_400_000;

function bar(time: string, close = 10): Bar {
  return { time, open: close, high: close + 1, low: close - 1, close, volume: 1 };
}

/** Mon 2012-10-22 to Wed 2012-10-31: the exchange was closed on the 29th and the 30th. */
const DAYS = ['22', '23', '24', '25', '26', '31'].map((day) => `2012-10-${day}`);

describe('facts about bars', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    await addSeries(SERIES, DAY_MS);
  });
  afterEach(() => store.close());

  async function addSeries(seriesId: string, durationMs: number): Promise<void> {
    const names = { instrumentId: seriesId, name: seriesId, currency: 'USD', calendar: 'NYSE' };
    await ensureSeries(store.pool, { seriesId, ...names, durationMs });
  }

  function put(...bars: Bar[]) {
    return upsertBars(store.pool, SERIES, bars);
  }

  async function facts(): Promise<string[]> {
    const found = await listFacts(store.pool, SERIES, ['gap', 'late-bar', 'revision']);
    return found.map(
      ({ kind, time, filledAt }) => `${kind} ${time}${filledAt === null ? '' : ' filled'}`,
    );
  }

  async function gaps(): Promise<string[]> {
    const span = await readSpan(store.pool, SERIES);
    const series = await requireSeries(store.pool, SERIES);
    const report = span === null ? null : await findGaps(store.pool, series, span);
    return (report?.gaps ?? []).map(
      ({ from, last, missing }) => `${from} ${last} ${String(missing)}`,
    );
  }

  it('are none for bars that come in order, twice, or before all others', async () => {
    const bars = DAYS.map((day) => bar(day));

    await put(...bars.slice(2, 4));
    await put(...bars.slice(4));
    await put(...bars.slice(0, 2));
    await put(...bars);

    expect(await facts()).toEqual([]);
  });

  it('name a late bar and when it was expected', async () => {
    await put(bar('2012-10-22'), bar('2012-10-24'));
    await put(bar('2012-10-23'));
    await put(bar('2012-10-23'));

    const [fact] = await listFacts(store.pool, SERIES, ['late-bar']);
    expect(await facts()).toEqual(['late-bar 2012-10-23']);
    expect(fact?.detail).toEqual({ expectedAt: '2012-10-24T00:00:00.000Z' });
  });

  it('name a revision with the values before and after', async () => {
    await put(bar('2012-10-22', 10));
    await put(bar('2012-10-22', 20));
    await put(bar('2012-10-22', 20));

    const found = await listFacts(store.pool, SERIES, ['revision']);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      revision: 2,
      detail: { before: [10, 11, 9, 10, 1], after: [20, 21, 19, 20, 1] },
    });
  });

  it('would be wrong if batches of one import were judged by each other', async () => {
    const [first, , third, , , last] = DAYS.map((day) => bar(day)) as [
      Bar,
      Bar,
      Bar,
      Bar,
      Bar,
      Bar,
    ];
    const batches = async (known?: StoredSpan | null): Promise<string[]> => {
      await store.pool.query('delete from bars; delete from bar_facts');
      await put(third);
      for (const one of [first, last]) await upsertBars(store.pool, SERIES, [one], known);
      await upsertBars(store.pool, SERIES, [bar(DAYS[4] ?? '')], known);
      return facts();
    };

    // Only the 24th was there before: nothing of the import lies between two older bars.
    const known = { first: third.time, last: third.time };
    expect(await batches(known)).toEqual([]);
    expect(await batches()).toEqual(['late-bar 2012-10-26']);
  });

  it('keep a gap once, leave holidays alone, and mark it when it is filled', async () => {
    await put(
      ...DAYS.filter((day) => day !== '2012-10-24' && day !== '2012-10-25').map((day) => bar(day)),
    );

    expect(await gaps()).toEqual(['2012-10-24 2012-10-25 2']);
    expect(await gaps()).toEqual(['2012-10-24 2012-10-25 2']);
    expect(await facts()).toEqual(['gap 2012-10-24']);

    await put(bar('2012-10-24'), bar('2012-10-25'));
    expect(await gaps()).toEqual([]);
    expect(await facts()).toEqual([
      'gap 2012-10-24 filled',
      'late-bar 2012-10-24',
      'late-bar 2012-10-25',
    ]);
  });

  it('shrink a gap of which a part has come, and do not call it filled', async () => {
    const missing = ['2012-10-24', '2012-10-25', '2012-10-26'];
    await put(...DAYS.filter((day) => !missing.includes(day)).map((day) => bar(day)));
    await gaps();
    await store.pool.query(`update bar_facts set noticed_at = '2020-01-01'`);

    await put(bar('2012-10-25'));
    expect(await gaps()).toEqual(['2012-10-24 2012-10-24 1', '2012-10-26 2012-10-26 1']);
    await put(bar('2012-10-24'));
    expect(await gaps()).toEqual(['2012-10-26 2012-10-26 1']);

    const found = await listFacts(store.pool, SERIES, ['gap']);
    expect(found.map(({ time, filledAt }) => [time, filledAt === null])).toEqual([
      ['2012-10-24', false],
      ['2012-10-26', true],
    ]);
    // The rest of the gap was noticed when the whole was.
    expect(found[1]?.noticedAt).toBe('2020-01-01T00:00:00.000Z');
  });

  it('take a day that was closed against the calendar for no gap, until it is reopened', async () => {
    await put(...DAYS.filter((day) => day !== '2012-10-24').map((day) => bar(day)));
    const override = { calendar: 'XNYS', day: '2012-10-24', reason: 'flood', actor: 'ada' };

    await recordOverride(store.pool, { ...override, action: 'close' });
    expect(await gaps()).toEqual([]);
    await recordOverride(store.pool, { ...override, action: 'reopen' });
    expect(await gaps()).toEqual(['2012-10-24 2012-10-24 1']);
    await recordOverride(store.pool, { ...override, action: 'close' });
    expect(await gaps()).toEqual([]);
    // Nothing was ever missing, so nothing was filled.
    expect(await facts()).toEqual([]);
  });

  it('find missing bars within a session, and none after an early close', async () => {
    const seriesId = 'acme-1h';
    await addSeries(seriesId, 3_600_000);
    // Friday 2026-11-27 ends at 18:00 UTC; Monday begins at 14:30.
    const times = ['27T14:30', '27T15:30', '27T17:30', '30T14:30'];
    const bars = times.map((time) => bar(`2026-11-${time}:00.000Z`));
    await upsertBars(store.pool, seriesId, bars.with(3, bar('2026-11-30T14:30:00.000Z')));
    const series = await requireSeries(store.pool, seriesId);
    const span = await readSpan(store.pool, seriesId);
    if (span === null) throw new Error('there are bars');

    const report = await findGaps(store.pool, series, span);

    expect(report?.gaps).toEqual([
      { from: '2026-11-27T16:30:00.000Z', last: '2026-11-27T16:30:00.000Z', missing: 1 },
    ]);
  });

  it('are not made up for days that the calendar does not know', async () => {
    await put(bar('1970-01-05'), bar('1970-01-07'));

    await expect(gaps()).rejects.toThrow(CalendarRangeError);
  });

  it('go with a new dataset: a revision changes its id and leaves the older one as it was', async () => {
    const artifacts = createFileArtifactStore(await scratchDirectory('facts'));
    const quality = { verdict: 'accept', rows: 2, from: null, to: null, problems: [] } as const;
    await put(bar('2012-10-22'), bar('2012-10-23'));
    const older = await buildDataset(store.pool, artifacts, SERIES, '2013-01-01');
    if (older === null) throw new Error('there are bars');
    await insertDataset(store.pool, older, { ...quality, problems: [] });
    const bytes = (await artifacts.get(older.datasetId)).toString('utf8');

    await put(bar('2012-10-22', 20));
    const newer = await buildDataset(store.pool, artifacts, SERIES, '2013-01-01');

    expect(newer?.datasetId).not.toBe(older.datasetId);
    expect((await artifacts.get(older.datasetId)).toString('utf8')).toBe(bytes);
    expect(await facts()).toEqual(['revision 2012-10-22']);
  });

  it('do not hide bars from pages that are read one after another', async () => {
    const bars = DAYS.map((day) => bar(day));
    await put(...bars);
    await put(bar('2012-10-24', 20));

    const pages: Bar[][] = [];
    const span = { from: '2012-10-23', to: '2012-10-31' };
    for await (const page of readBarPages(store.pool, SERIES, span, 2)) pages.push(page);

    expect(pages).toEqual([
      [bars[1], bar('2012-10-24', 20)],
      [bars[3], bars[4]],
    ]);
  });
});
