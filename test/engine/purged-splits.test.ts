import fc from 'fast-check';
import { purge, purgedFolds, type LabelledRows } from '../../engine/purged-splits.ts';
import { lcg } from '../../engine/random.ts';
import {
  combinatorialSplits,
  inclusiveRanges,
  walkForwardSplits,
} from '../../engine/walk-forward-splits.ts';
import { golden } from '../support/golden.ts';

type Ranges = readonly (readonly [number, number])[];

interface GoldenSplit {
  readonly train: Ranges;
  readonly test: Ranges;
  readonly purged: number;
  readonly embargoed: number;
}

const GOLDEN = golden('splits') as {
  readonly kFold: readonly GoldenSplit[];
  readonly kFoldHalfOpenTrainRows: readonly number[];
  readonly expanding: readonly GoldenSplit[];
  readonly rolling: readonly GoldenSplit[];
  readonly combinatorial: readonly GoldenSplit[];
};

/** The case of test/fixtures/golden/splits.py. */
function labelledRows(embargoRows = 10): LabelledRows {
  const random = lcg(2024);
  return { horizon: Array.from({ length: 1000 }, () => 1 + random.integer(20)), embargoRows };
}

function shown(splits: ReturnType<typeof purgedFolds>): GoldenSplit[] {
  return splits.map(({ train, test, purged, embargoed }) => ({
    train: inclusiveRanges(train),
    test: inclusiveRanges(test),
    purged,
    embargoed,
  }));
}

describe('purged and embargoed splits of 1,000 rows', () => {
  it('are the golden ones for five folds', () => {
    expect(shown(purgedFolds(labelledRows(), 5))).toEqual(GOLDEN.kFold);
  });

  it('are the golden ones for six walk-forward splits, expanding and rolling', () => {
    expect(shown(walkForwardSplits(labelledRows(), 6))).toEqual(GOLDEN.expanding);
    expect(shown(walkForwardSplits(labelledRows(), 6, 300))).toEqual(GOLDEN.rolling);
  });

  it('are the golden ones for two of six groups', () => {
    const splits = combinatorialSplits(labelledRows(), 6, 2);

    expect(splits).toHaveLength(15);
    expect(shown(splits)).toEqual(GOLDEN.combinatorial);
  });

  it('are larger by the touching rows with half-open labels', () => {
    const loose = purgedFolds({ ...labelledRows(), labels: 'halfOpen' }, 5);

    expect(loose.map(({ train }) => train.length)).toEqual(GOLDEN.kFoldHalfOpenTrainRows);
    expect(loose.map(({ train }) => train.length)).not.toEqual(
      purgedFolds(labelledRows(), 5).map(({ train }) => train.length),
    );
  });

  it('do not change with the embargo when only earlier rows train', () => {
    expect(walkForwardSplits(labelledRows(0), 6)).toEqual(walkForwardSplits(labelledRows(), 6));
  });
});

describe('purge', () => {
  // Row 3 is the test and reads rows 3 to 4.
  const plan = {
    candidates: [
      { from: 0, to: 3 },
      { from: 4, to: 10 },
    ],
    testRuns: [{ from: 3, to: 4 }],
  };

  it('drops on both sides what touches a test label, then the embargo behind it', () => {
    const split = purge(plan, { horizon: new Array<number>(10).fill(1), embargoRows: 2 });

    // Row 2 reads row 3; row 4 is read by the test label; 5 and 6 are under embargo.
    expect([...split.train]).toEqual([0, 1, 7, 8, 9]);
    expect(split).toMatchObject({ purged: 2, embargoed: 2 });
  });

  it('lets labels of no length touch nothing but their row', () => {
    const split = purge(plan, { horizon: new Array<number>(10).fill(0) });

    expect(split).toMatchObject({ purged: 0, embargoed: 0 });
  });

  it('leaves no training label that reads what a test label reads, whatever the horizons', () => {
    const cases = fc.tuple(
      fc.array(fc.nat(6), { minLength: 8, maxLength: 60 }),
      fc.integer({ min: 2, max: 6 }),
      fc.nat(4),
    );
    fc.assert(
      fc.property(cases, ([horizon, folds, embargoRows]) => {
        for (const split of combinatorialSplits({ horizon, embargoRows }, folds + 1, 2)) {
          expect(overlapsOf(split.train, split.test, horizon)).toEqual([]);
        }
      }),
    );
  });

  it('would notice a split that is not purged', () => {
    const horizon = new Array<number>(20).fill(3);
    const test = Int32Array.of(8, 9);
    const unpurged = Int32Array.from({ length: 18 }, (_, row) => (row < 8 ? row : row + 2));

    expect(overlapsOf(unpurged, test, horizon)).toEqual([5, 6, 7, 10, 11, 12]);
  });

  it.each([
    [{ horizon: [1, -1] }, 'horizon[1] must be a whole number >= 0, was -1'],
    [{ horizon: [1, 0.5] }, 'horizon[1] must be a whole number >= 0, was 0.5'],
    [{ horizon: [1, 1], embargoRows: -1 }, 'embargoRows must be a whole number >= 0, was -1'],
    [{ horizon: [0, 1], labels: 'halfOpen' as const }, 'must be a whole number >= 1, was 0'],
  ])('refuses %j', (rows, message) => {
    expect(() => purgedFolds(rows, 2)).toThrow(message);
  });

  it('refuses impossible numbers of splits', () => {
    const rows = { horizon: [1, 1, 1] };

    expect(() => purgedFolds(rows, 1)).toThrow('folds must be >= 2, was 1');
    expect(() => purgedFolds(rows, 4)).toThrow('from 1 to 3 rows, was 4');
    expect(() => walkForwardSplits(rows, 3)).toThrow('from 1 to 2, was 3');
    expect(() => walkForwardSplits(rows, 2, 0)).toThrow('windowRows');
    expect(() => combinatorialSplits(rows, 3, 3)).toThrow('from 1 to 2, was 3');
    expect(() => purge({ candidates: [], testRuns: [{ from: 2, to: 4 }] }, rows)).toThrow(
      'rows must lie within 0 and 3, was [2, 4)',
    );
  });
});

/** Training rows whose label reads a row that some test label reads too, pair by pair. */
function overlapsOf(train: Int32Array, test: Int32Array, horizon: readonly number[]): number[] {
  return [...train].filter((row) =>
    test.some(
      (other) => row <= other + (horizon[other] ?? 0) && other <= row + (horizon[row] ?? 0),
    ),
  );
}
