import { goldenWalkOf, hashOfWalk } from '../support/golden-walks.ts';
import { randomBars, sp500Bars } from '../support/bars.ts';

/**
 * SHA-256 of all that walks said before their log was columnar: on the S&P bars at 1 bp, and on 3,000
 * random bars at 2 bps and a half spread of 3. They change with the engine's version only. Strategies on a
 * futures account are walked by another engine, with golden values of its own.
 */
const KNOWN = [
  [
    'rsi-macd',
    'f121650ab1ad44d2ecdcad5f10f3bdf4d774a2eab5cf2ec1beffefafd9e0f722',
    '5f0d106fe0832e76f04c71d9c24da7a62a2a9b1a97cf7b2d3e732b683c4aa27a',
  ],
  [
    'ml-forecast',
    '71c97f00b7f638b56ec5b6482646175b5cbe69192cffa0f7a5cb063419fd8141',
    'e802a772f9a82c994889773629a7f9af0981a0471e591a6c410fb902dc7e59ae',
  ],
  [
    'buy-and-hold',
    '3e44a86694da2bb26fc7222474d2b2dffaad8ec016a9bc95d654e784d72bf177',
    '5d99da33cebeed6258c922a0aab1f328279d453364bf99d8635f76be40d187f2',
  ],
] as const;

describe('a walk', () => {
  it.each(KNOWN)('writes the bytes that it always wrote: %s', (strategyId, onIndex, onRandom) => {
    const index = goldenWalkOf({ strategyId, bars: sp500Bars(), feeBps: 1, halfSpreadBps: 0 });
    const random = goldenWalkOf({
      strategyId,
      bars: randomBars(3000, 11),
      feeBps: 2,
      halfSpreadBps: 3,
    });

    expect(hashOfWalk(index)).toBe(onIndex);
    expect(hashOfWalk(random)).toBe(onRandom);
  });
});
