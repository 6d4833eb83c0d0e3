import { counted, countedAre } from '../../schemas/counted.ts';

describe('counted', () => {
  it('says one of a thing, and several', () => {
    expect([0, 1, 2].map((count) => counted(count, 'held-out bar'))).toEqual([
      '0 held-out bars',
      '1 held-out bar',
      '2 held-out bars',
    ]);
    expect([1, 2].map((count) => countedAre(count, 'cycle'))).toEqual([
      '1 cycle is',
      '2 cycles are',
    ]);
  });
});
