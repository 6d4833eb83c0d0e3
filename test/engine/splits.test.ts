import { contiguousFolds, holdoutSplit } from '../../engine/splits.ts';

describe('holdoutSplit', () => {
  it('ends the fit rows so that no label touches a held-out row', () => {
    const { fitEnd, holdoutStart } = holdoutSplit(1000, 120, 5);

    expect({ fitEnd, holdoutStart }).toEqual({ fitEnd: 875, holdoutStart: 880 });
    // The label of the last fit row, 874, reads row 879; that of the next would read row 880.
    expect(fitEnd - 1 + 5).toBeLessThan(holdoutStart);
    expect(fitEnd + 5).toBe(holdoutStart);
  });

  it.each([
    [125, 120, 5],
    [100, 0, 5],
    [100, 10, -1],
  ])('refuses %p rows with %p held out and horizon %p', (rows, holdout, horizon) => {
    expect(() => holdoutSplit(rows, holdout, horizon)).toThrow('rows must be more than');
  });
});

describe('contiguousFolds', () => {
  it('cuts as numpy.array_split does', () => {
    expect(contiguousFolds({ from: 10, to: 21 }, 4)).toEqual([
      { from: 10, to: 13 },
      { from: 13, to: 16 },
      { from: 16, to: 19 },
      { from: 19, to: 21 },
    ]);
  });

  it('refuses more folds than rows', () => {
    expect(() => contiguousFolds({ from: 0, to: 2 }, 3)).toThrow('from 1 to 2 rows, was 3');
  });
});
