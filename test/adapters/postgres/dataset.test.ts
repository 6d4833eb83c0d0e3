import fc from 'fast-check';
import { buildDataset } from '../../../activities/build-dataset.ts';
import type { ArtifactStore } from '../../../adapters/artifacts/artifact-store.ts';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { insertDataset, readBars, upsertBars } from '../../../adapters/postgres/series.ts';
import { formatBars } from '../../../engine/bars-file.ts';
import type { Bar } from '../../../schemas/bar.ts';
import { sha } from '../../support/releases.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const SERIES = 'sp500-1d';
const QUALITY = { verdict: 'accept', rows: 0, from: null, to: null, problems: [] } as const;

function day(number: number): string {
  return new Date(Date.UTC(2012, 0, 1 + number)).toISOString().slice(0, 10);
}

function bar(number: number, close: number): Bar {
  return { time: day(number), open: close, high: close + 1, low: close - 1, close, volume: 0.1 };
}

describe('buildDataset', () => {
  let store: TestStore;
  let artifacts: ArtifactStore;

  beforeEach(async () => {
    store = await openTestStore();
    artifacts = createFileArtifactStore(await scratchDirectory('datasets'));
    await registerTestStrategy(store.pool, 'rsi-macd');
  });
  afterEach(() => store.close());

  it('gives the bytes of all bars in order, whatever arrived before, late, or revised', async () => {
    const step = fc.record({
      bars: fc.uniqueArray(fc.tuple(fc.nat(30), fc.integer({ min: 10, max: 12 })), {
        maxLength: 8,
        selector: ([number]) => number,
      }),
      to: fc.integer({ min: 1, max: 35 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        await store.pool.query('delete from bars; delete from datasets');
        for (const { bars, to } of steps) {
          const incoming = bars.map(([number, close]) => bar(number, close / 3 + 5));
          await upsertBars(store.pool, SERIES, incoming);

          const dataset = await buildDataset(store.pool, artifacts, SERIES, day(to));

          const known = await readBars(store.pool, SERIES, day(to));
          const expected = {
            datasetId: sha(formatBars(known)),
            seriesId: SERIES,
            rows: known.length,
            from: known[0]?.time,
            last: known.at(-1)?.time,
          };
          expect(dataset).toEqual(known.length === 0 ? null : expected);
          if (dataset === null) continue;
          await insertDataset(store.pool, dataset, { ...QUALITY, problems: [] });
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('would be caught if it always built on the older dataset', async () => {
    await upsertBars(store.pool, SERIES, [bar(1, 10), bar(2, 10)]);
    const older = await buildDataset(store.pool, artifacts, SERIES, day(9));
    if (older === null) throw new Error('there are bars');
    await insertDataset(store.pool, older, { ...QUALITY, problems: [] });
    await upsertBars(store.pool, SERIES, [bar(1, 11)]);

    const revised = await buildDataset(store.pool, artifacts, SERIES, day(9));

    expect(revised?.datasetId).not.toBe(older.datasetId);
  });
});
