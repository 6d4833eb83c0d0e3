import { lcg, type RandomSource } from '../../engine/random.ts';
import type { CurvePoint, SeriesBar } from '../../engine/futures/curve.ts';
import type { Bar } from '../../schemas/bar.ts';

/** Factors far from 1, one above and one below, so that either side of a threshold is reached. */
const FACTORS = [0.5, 3] as const;

/** Rows between two rolls of the made-up future. */
const ROLL_ROWS = 65;

/**
 * A random walk of valid daily bars with quiet and lively spells: the same seed gives the same bars on
 * every machine. Beside each bar stands a futures curve, with a roll every quarter.
 */
export function syntheticBars(count: number, seed: number): SeriesBar[] {
  const random = lcg(seed);
  const curveRandom = lcg(seed + 1);
  let close = 100;
  return Array.from({ length: count }, (_, index) => {
    const scale = index % 120 < 80 ? 0.02 : 0.05;
    const open = close * (1 + 0.2 * scale * (random.uniform() - 0.5));
    close = open * (1 + scale * (random.uniform() - 0.495));
    return {
      time: new Date(Date.UTC(2000, 0, 3 + index)).toISOString().slice(0, 10),
      open,
      high: Math.max(open, close) * (1 + 0.2 * scale * random.uniform()),
      low: Math.min(open, close) * (1 - 0.2 * scale * random.uniform()),
      close,
      volume: 1000 + random.integer(1_000_000),
      curve: syntheticCurve(index, close, curveRandom),
    };
  });
}

/** The held contract's price lies above the adjusted one by what rolls have cost; now and then nothing is known. */
function syntheticCurve(index: number, close: number, random: RandomSource): CurvePoint {
  const quarter = Math.floor(index / ROLL_ROWS);
  const price = close * 1.1 + quarter;
  const spread = close * 0.02 * (random.uniform() - 0.3);
  return {
    price,
    priceContract: contractOf(quarter),
    carry: index % 53 === 7 ? price : price - spread,
    carryContract: contractOf(quarter + 1),
  };
}

/** Delivery month of a quarter, YYYYMM. */
function contractOf(quarter: number): number {
  return (2000 + Math.floor(quarter / 4)) * 100 + 3 * (quarter % 4) + 3;
}

/** The bars with other ones after `row`. */
export function withScrambledFuture(bars: readonly Bar[], row: number): Bar[] {
  return bars.map((bar, index) =>
    index <= row ? bar : scaled(bar, FACTORS[index % 2 === 0 ? 0 : 1]),
  );
}

/** The bars with bar `row`, and only that one, moved down and up. */
export function withChangedBar(bars: readonly Bar[], row: number): Bar[][] {
  return FACTORS.map((factor) =>
    bars.map((bar, index) => (index === row ? scaled(bar, factor) : bar)),
  );
}

function scaled(bar: SeriesBar, factor: number): SeriesBar {
  const { curve } = bar;
  return {
    time: bar.time,
    open: bar.open * factor,
    high: bar.high * factor,
    low: bar.low * factor,
    close: bar.close * factor,
    volume: bar.volume + 17,
    ...(curve !== undefined && {
      curve: { ...curve, price: curve.price * factor, carry: curve.carry * factor * 0.98 },
    }),
  };
}
