import type { RsiMacdParameters } from '../../engine/sweep/rsi-macd-kernel.ts';

/** The 1,000 parameter sets of the reference sweep, RSI period outermost. */
export function referenceGrid(): RsiMacdParameters[] {
  const sets: RsiMacdParameters[] = [];
  for (const rsiPeriod of [7, 10, 14, 18, 21]) {
    for (const rsiEntry of [45, 50, 55, 60]) {
      sets.push(...macdGrid().map((macd) => ({ rsiPeriod, rsiEntry, ...macd })));
    }
  }
  return sets;
}

function macdGrid(): Pick<RsiMacdParameters, 'macdFast' | 'macdSlow' | 'macdSignal'>[] {
  const fasts = [8, 10, 12, 14, 16];
  const slows = [22, 24, 26, 28, 30];
  return fasts.flatMap((macdFast) =>
    slows.flatMap((macdSlow) => [7, 9].map((macdSignal) => ({ macdFast, macdSlow, macdSignal }))),
  );
}
