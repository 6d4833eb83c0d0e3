import { closeSync, openSync, writeSync } from 'node:fs';
import type { BarColumns } from '../../engine/bar-series.ts';
import { xoshiro, type RandomSource } from '../../engine/random.ts';

const FIRST = Date.UTC(2019, 0, 1);
const MINUTE_MS = 60_000;
const LINES_AT_ONCE = 10_000;

/** Standard deviation of the logarithm of a price: within a minute, and from close to open. */
const MOVE = 5e-4;
const GAP = 5e-5;

/** A random walk of one-minute bars, prices rounded to 0.01: the same seed gives the same bars. */
export function minuteBars(length: number, seed: number): BarColumns {
  const column = (): Float64Array => new Float64Array(length);
  const bars = { open: column(), high: column(), low: column(), close: column() };
  const random = xoshiro(seed);
  let price = 100;
  for (let t = 0; t < length; t += 1) {
    price *= Math.exp(GAP * normal(random));
    const open = rounded(price);
    price *= Math.exp(MOVE * normal(random));
    const close = rounded(price);
    bars.open[t] = open;
    bars.close[t] = close;
    bars.high[t] = Math.max(open, close);
    bars.low[t] = Math.min(open, close);
  }
  const time = Array.from({ length }, (_, t) => new Date(FIRST + t * MINUTE_MS).toISOString());
  return { length, time, ...bars, volume: new Float64Array(length).fill(1000), curve: null };
}

/** Writes bars as a price file that every peer reads. */
export function writePriceFile(path: string, bars: BarColumns): void {
  const file = openSync(path, 'w');
  writeSync(file, 'date,open,high,low,close,volume\n');
  for (let from = 0; from < bars.length; from += LINES_AT_ONCE) {
    const to = Math.min(from + LINES_AT_ONCE, bars.length);
    const lines: string[] = [];
    for (let t = from; t < to; t += 1) {
      const { time, open, high, low, close, volume } = bars;
      lines.push([time[t], open[t], high[t], low[t], close[t], volume[t]].join(','));
    }
    writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
}

/** Near enough to a normal number: the sum of twelve uniform ones, less 6. */
function normal(random: RandomSource): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw += 1) sum += random.uniform();
  return sum;
}

function rounded(price: number): number {
  return Math.round(price * 100) / 100;
}
