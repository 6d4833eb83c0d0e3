import { lcg } from '../../engine/random.ts';
import type { Bar } from '../../schemas/bar.ts';

/** Factors far from 1, one above and one below, so that either side of a threshold is reached. */
const FACTORS = [0.5, 3] as const;

/**
 * A random walk of valid daily bars with quiet and lively spells: the same seed gives the same bars on
 * every machine.
 */
export function syntheticBars(count: number, seed: number): Bar[] {
  const random = lcg(seed);
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
    };
  });
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

function scaled(bar: Bar, factor: number): Bar {
  return {
    time: bar.time,
    open: bar.open * factor,
    high: bar.high * factor,
    low: bar.low * factor,
    close: bar.close * factor,
    volume: bar.volume + 17,
  };
}
