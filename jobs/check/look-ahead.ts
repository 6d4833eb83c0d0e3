import type { Bar } from '../../schemas/bar.ts';
import type { LeakKind } from '../../schemas/proofs.ts';
import { withChangedBar, withScrambledFuture } from './scramble.ts';

/** What is known about one bar after a run. */
export interface RunRow {
  /** Everything that was computed and decided at the bar's close, as one text. */
  readonly decided: string;
  /** Target in force over the move into the bar's close: what was filled at its open or earlier. */
  readonly inForce: number;
}

/**
 * Anything that decides bar by bar: the rows of a run over some bars, one a bar. All bars are known to
 * what is computed beforehand; a run need not go on after `lastRow`, where one is given.
 */
export type Run = (bars: readonly Bar[], lastRow?: number) => readonly RunRow[];

export interface Leak {
  readonly row: number;
  readonly kind: LeakKind;
}

export interface LookAheadOptions {
  /** First row to check; earlier ones are warm-up. */
  readonly fromRow: number;
  /** Called after each row with the number of rows done. */
  readonly onRow?: (done: number) => void;
}

/**
 * Checks every row for knowledge of the future, in three ways:
 *
 * - without the bars after it, the row decides the same;
 * - with quite other bars after it, the row decides the same;
 * - with another bar at the row, and only there, the position in force over the move into it is the
 *   same. Truncation alone cannot catch a fill at the close of the bar that was decided on.
 *
 * A row has at most one leak of each kind.
 */
export function findLeaks(run: Run, bars: readonly Bar[], options: LookAheadOptions): Leak[] {
  const expected = run(bars);
  const leaks: Leak[] = [];
  for (let row = options.fromRow; row < bars.length; row += 1) {
    const own = expected[row] as RunRow;
    const decidesTheSame = (others: readonly Bar[]): boolean => isSame(run(others, row)[row], own);
    if (!decidesTheSame(bars.slice(0, row + 1))) {
      leaks.push({ row, kind: 'truncated-future' });
    }
    if (!decidesTheSame(withScrambledFuture(bars, row))) {
      leaks.push({ row, kind: 'scrambled-future' });
    }
    const holdsTheSame = withChangedBar(bars, row).every(
      (others) => run(others, row)[row]?.inForce === own.inForce,
    );
    if (!holdsTheSame) {
      leaks.push({ row, kind: 'same-bar-fill' });
    }
    options.onRow?.(row + 1 - options.fromRow);
  }
  return leaks;
}

function isSame(other: RunRow | undefined, own: RunRow): boolean {
  return other?.decided === own.decided && other.inForce === own.inForce;
}
