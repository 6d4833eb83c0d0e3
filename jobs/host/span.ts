import type { IndexSpan } from '../../engine/walk.ts';
import type { Window } from '../../schemas/window.ts';

/**
 * Bars whose open time lies in [from, to). Times compare as strings, which is their order as long
 * as all have one form; a day sorts before every instant of that day.
 *
 * @param time open times, oldest first.
 */
export function spanOf(time: readonly string[], { from, to }: Window): IndexSpan {
  return { fromIndex: firstNotBefore(time, from), toIndex: firstNotBefore(time, to) };
}

function firstNotBefore(time: readonly string[], moment: string): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[middle] as string) < moment) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
