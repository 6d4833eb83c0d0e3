import { tradeCounts } from '../../schemas/trade-counts.ts';

describe('tradeCounts', () => {
  it('tells trades that came to an end from open ones', () => {
    expect(tradeCounts([{ exitIndex: 0 }, { exitIndex: 4 }, { exitIndex: null }])).toEqual({
      closed: 2,
      open: 1,
    });
    expect(tradeCounts([])).toEqual({ closed: 0, open: 0 });
  });
});
