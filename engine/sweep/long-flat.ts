import { maskWords } from './bit-mask.ts';
import { DrawdownTracker } from './drawdown-tracker.ts';
import type { FillRecorder, SweepFigures, SweepMarket } from './sweep-result.ts';

/** Two conditions, each a pair of masks: enter when both say so, leave when either does. */
export interface Conditions {
  readonly words: Int32Array;
  /** First words of the two pairs. */
  readonly first: number;
  readonly second: number;
}

/**
 * A long/flat strategy that always trades all: decided at a close, filled at the next open. Jumps
 * from one change of position to the next over masks of 32 bars a word, so that bars on which
 * nothing happens cost almost nothing. Every amount is computed by the operations of `walk`.
 *
 * @see leanWalk for the same thing bar by bar.
 */
export function longFlat(
  market: SweepMarket,
  conditions: Conditions,
  onFill?: FillRecorder,
): SweepFigures {
  const { open, close, firstDecision } = market;
  const feeFactor = 1 + market.feeBps / 10_000;
  const feeRest = 1 - market.feeBps / 10_000;
  const buyFactor = 1 + market.halfSpreadBps / 10_000;
  const sellFactor = 1 - market.halfSpreadBps / 10_000;
  const drawdown = new DrawdownTracker(market.initialCash);
  const bars = close.length;
  let cash = market.initialCash;
  let trades = 0;
  let t = firstDecision;

  for (;;) {
    // The last bar may decide, but there is no next open to fill at.
    t = nextEntry(conditions, t, bars);
    if (t >= bars - 1) {
      return { finalEquity: cash, trades, maxDrawdown: drawdown.max };
    }
    const buyPrice = (open[t + 1] as number) * buyFactor;
    const units = cash / (buyPrice * feeFactor);
    onFill?.(t + 1, 'buy', units, buyPrice);
    const leave = nextExit(conditions, t + 1, bars);
    if (leave >= bars - 1) {
      drawdown.addHolding(close, t + 1, bars, units);
      const finalEquity = units * (close[bars - 1] as number);
      return { finalEquity, trades, maxDrawdown: drawdown.max };
    }
    drawdown.addHolding(close, t + 1, leave + 1, units);
    const sellPrice = (open[leave + 1] as number) * sellFactor;
    onFill?.(leave + 1, 'sell', units, sellPrice);
    cash = units * sellPrice * feeRest;
    trades += 1;
    drawdown.add(cash);
    t = leave + 1;
  }
}

/** First bar from `from` on that enters; `bars` or more when there is none. */
function nextEntry({ words, first, second }: Conditions, from: number, bars: number): number {
  const count = maskWords(bars);
  let word = from >>> 5;
  if (word >= count) {
    return bars;
  }
  let bits =
    (words[first + word] as number) & (words[second + word] as number) & (-1 << (from & 31));
  while (bits === 0) {
    word += 1;
    if (word >= count) {
      return bars;
    }
    bits = (words[first + word] as number) & (words[second + word] as number);
  }
  return (word << 5) + lowestBit(bits);
}

/** First bar from `from` on that leaves; `bars` or more when there is none. */
function nextExit({ words, first, second }: Conditions, from: number, bars: number): number {
  const count = maskWords(bars);
  let word = from >>> 5;
  if (word >= count) {
    return bars;
  }
  const leaveFirst = first + count;
  const leaveSecond = second + count;
  let bits =
    ((words[leaveFirst + word] as number) | (words[leaveSecond + word] as number)) &
    (-1 << (from & 31));
  while (bits === 0) {
    word += 1;
    if (word >= count) {
      return bars;
    }
    bits = (words[leaveFirst + word] as number) | (words[leaveSecond + word] as number);
  }
  return (word << 5) + lowestBit(bits);
}

/** Position of the lowest bit that is set, 0 to 31. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
