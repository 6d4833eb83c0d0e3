import { z } from 'zod';
import { barSeries } from '../../engine/bar-series.ts';
import type { Run } from '../../jobs/check/look-ahead.ts';
import { SearchSettings } from '../../strategies/search-settings.ts';
import { defineStrategy, type BoundStrategy } from '../../strategies/strategy.ts';

type Column = (close: Float64Array) => Float64Array;

export const PLANTED_WARM_UP = 30;

/** A strategy that is long while its close is above one computed column. */
export function columnStrategy(column: Column, warmUp = PLANTED_WARM_UP): BoundStrategy {
  return defineStrategy({
    id: 'planted',
    title: 'Planted',
    description: 'Long while the close is above a column.',
    parameters: z.strictObject({}),
    defaultParameters: {},
    trainer: SearchSettings,
    trainerJob: 'retrain/search',
    sample: null,
    featureSpec: () => ({ names: [], warmUpBars: 0 }),
    warmUpBars: () => warmUp,
    initialState: () => ({}),
    prepare: ({ close }) => ({ close, level: column(close) }),
    decide: ({ features: { close, level } }, state) => ({
      forecast: Math.max(-20, Math.min(20, 100 * (close / level - 1))),
      target: close > level ? 1 : 0,
      state,
    }),
  }).bind({});
}

const WEEK = 5;

/** Mean of rows [from, to] of a column, cut to the rows that there are. */
function meanOf(close: Float64Array, from: number, to: number): number {
  const part = close.subarray(Math.max(0, from), to + 1);
  return part.reduce((total, value) => total + value, 0) / part.length;
}

/** z-score of each row by mean and deviation of some rows, chosen by the row. */
function normalized(close: Float64Array, upTo: (row: number) => number): Float64Array {
  return close.map((value, t) => {
    const part = close.subarray(0, upTo(t));
    const mean = meanOf(part, 0, part.length - 1);
    const variance = meanOf(
      part.map((each) => (each - mean) ** 2),
      0,
      part.length - 1,
    );
    return 100 * (1 + (value - mean) / (1 + Math.sqrt(variance)));
  });
}

/** Rows that are kept when those without a rise are dropped: here the mistake of merging begins. */
function risesOf(close: Float64Array): number[] {
  return [...close.keys()].filter((t) => t > 0 && (close[t] ?? 0) > (close[t - 1] ?? 0));
}

/**
 * A figure that is published at the first row of every tenth, and revised two rows later to another
 * value; filled forward until the next one.
 */
function published(close: Float64Array, isRevised: boolean): Float64Array {
  return close.map((_, t) => {
    const release = t - (t % 10);
    const asKnown = t - release >= 2 ? release + 2 : release;
    const row = isRevised ? release + 2 : asKnown;
    return close[Math.min(row, close.length - 1)] ?? 0;
  });
}

/** Columns that know the future: each a mistake that people make. */
export const LEAKS: Readonly<Record<string, Column>> = {
  'centered smoothing': (close) => close.map((_, t) => meanOf(close, t - 1, t + 1)),
  'a shift by one bar': (close) => close.map((value, t) => close[t + 1] ?? value),
  'normalizing before splitting': (close) => normalized(close, () => close.length),
  'resampling labelled at the start': (close) =>
    close.map((_, t) => close[Math.min(t - (t % WEEK) + WEEK - 1, close.length - 1)] ?? 0),
  'forward fill of a revised value': (close) => published(close, true),
  'merging by row number after dropping rows': (close) => {
    const kept = risesOf(close);
    return close.map((value, t) => close[kept[t] ?? -1] ?? value);
  },
  'min-max over the whole series': (close) => {
    const [low, high] = [Math.min(...close), Math.max(...close)];
    return close.map(() => (low + high) / 2);
  },
};

/** The same intentions done right. */
export const CLEAN: Readonly<Record<string, Column>> = {
  'trailing smoothing': (close) => close.map((_, t) => meanOf(close, t - 2, t)),
  'a shift back by one bar': (close) => close.map((value, t) => close[t - 1] ?? value),
  'normalizing with what is known': (close) => normalized(close, (t) => t + 1),
  'resampling labelled at the end': (close) =>
    close.map((_, t) => close[Math.max(0, t - ((t + 1) % WEEK))] ?? 0),
  'forward fill as published': (close) => published(close, false),
  'merging by time': (close) => {
    const kept = risesOf(close);
    let next = 0;
    let latest = close[0] ?? 0;
    return close.map((value, t) => {
      if (kept[next] === t) {
        latest = value;
        next += 1;
      }
      return latest;
    });
  },
  'min-max over the past': (close) =>
    close.map((_, t) => {
      const past = close.subarray(0, t + 1);
      return (Math.min(...past) + Math.max(...past)) / 2;
    }),
};

/** Whether each bar closes above an honest column. */
function isAbove(close: Float64Array): boolean[] {
  const level = trailing(close);
  return Array.from(close, (value, t) => value > (level[t] ?? 0));
}

/** An honest decision that is filled at the close of its own bar, as if it had been known before. */
export const sameBarFill: Run = (bars) =>
  isAbove(barSeries(bars).close).map((long) => ({
    decided: String(long),
    inForce: long ? 1 : 0,
  }));

/** The same, filled one bar later. */
export const nextBarFill: Run = (bars) =>
  isAbove(barSeries(bars).close).map((long, t, all) => ({
    decided: String(long),
    inForce: all[t - 1] === true ? 1 : 0,
  }));

function trailing(close: Float64Array): Float64Array {
  return close.map((_, t) => meanOf(close, t - 2, t));
}
