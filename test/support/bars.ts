import { readFileSync } from 'node:fs';
import { lcg } from '../../engine/random.ts';
import type { Bar } from '../../schemas/bar.ts';

/** The day that lies some days after 2 January 2012. */
export function dayAt(index: number): string {
  return new Date(Date.UTC(2012, 0, 2 + index)).toISOString().slice(0, 10);
}

/** A random walk of valid daily bars: the same seed gives the same bars. */
export function randomBars(count: number, seed = 1): Bar[] {
  const random = lcg(seed);
  let close = 100;
  return Array.from({ length: count }, (_, index) => {
    const open = close * (0.995 + 0.01 * random.uniform());
    close = open * (0.98 + 0.0404 * random.uniform());
    const high = Math.max(open, close) * (1 + 0.005 * random.uniform());
    const low = Math.min(open, close) * (1 - 0.005 * random.uniform());
    return { time: dayAt(index), open, high, low, close, volume: random.integer(1_000_000) };
  });
}

/** The daily S&P 500 bars 2000-01-03 to 2020-04-17 that ship with vega-datasets: 5,105 rows. */
export function sp500Bars(): Bar[] {
  const path = new URL('../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url);
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [time, open, high, low, close, , volume] = row.split(',');
    return {
      time: String(time),
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    };
  });
}

/** Bars that agree up to and including `index` and are quite different after it. */
export function withOtherFuture(bars: readonly Bar[], index: number): Bar[] {
  return bars.map((bar, i) => {
    if (i <= index) {
      return bar;
    }
    const factor = i % 2 === 0 ? 0.5 : 3;
    return {
      ...bar,
      open: bar.open * factor,
      high: bar.high * factor,
      low: bar.low * factor,
      close: bar.close * factor,
      volume: bar.volume + 17,
    };
  });
}
