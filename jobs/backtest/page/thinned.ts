/** Points that a chart of a page shows at most: a screen has fewer, and the page stays below 2 MB. */
export const POINTS_MAX = 6000;

/**
 * Which bars a chart shows: all of them, or of each of 2,000 equal parts the lowest, the highest and the
 * last, so that no drawdown and no peak is lost by leaving bars out.
 *
 * @param values what decides lowest and highest, one a bar.
 * @returns indices in ascending order.
 */
export function chartIndices(values: readonly number[]): number[] {
  if (values.length <= POINTS_MAX) return values.map((_, index) => index);
  const parts = POINTS_MAX / 3;
  const chosen = new Set<number>([0]);
  for (let part = 0; part < parts; part += 1) {
    const from = Math.floor((part * values.length) / parts);
    const to = Math.floor(((part + 1) * values.length) / parts);
    let lowest = from;
    let highest = from;
    for (let index = from; index < to; index += 1) {
      if ((values[index] as number) < (values[lowest] as number)) lowest = index;
      if ((values[index] as number) > (values[highest] as number)) highest = index;
    }
    chosen
      .add(lowest)
      .add(highest)
      .add(to - 1);
  }
  return [...chosen].sort((one, other) => one - other);
}
