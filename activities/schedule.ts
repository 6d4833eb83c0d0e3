import { lastCompletedWindowEnd, unfinishedWindow } from '../adapters/postgres/cycles.ts';
import { lastBarTime } from '../adapters/postgres/series.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { firstBarTime } from '../adapters/postgres/windows.ts';
import type { ScheduledCycleInput } from '../schemas/payload.ts';
import { addMonths, addSteps, parseStep, windowHolding } from '../schemas/window.ts';
import type { Step, Window } from '../schemas/window.ts';
import { missingBars } from './build-dataset.ts';
import { classified } from './failure.ts';
import type { StoreDeps } from './store-deps.ts';

export type ScheduleActivities = ReturnType<typeof createScheduleActivities>;

export function createScheduleActivities({ pool }: StoreDeps) {
  /**
   * The window that a scheduled start has to run: it begins where the last completed one ended, or
   * later when the days in between are known to have no bars. Without `step` it ends at the
   * scheduled day on the live clock, and one `stepMonths` later on the replay clock.
   *
   * @param isFeedRead with `step`: false when the feed could not be read. The next window then runs
   *   all the same, so that its collect stage says why and waits for a person.
   * @returns null when there is nothing to run yet.
   */
  async function nextWindow(
    input: ScheduledCycleInput,
    scheduledAt: string,
    isFeedRead = true,
  ): Promise<Window | null> {
    const { settings } = await readStrategy(pool, input.strategyId);
    const unfinished = await unfinishedWindow(pool, input.strategyId);
    if (unfinished !== null) return unfinished;
    const from = (await lastCompletedWindowEnd(pool, input.strategyId)) ?? input.first;
    const today = scheduledAt.slice(0, 10);
    if (input.step !== undefined) {
      const step = parseStep(input.step);
      const due = { from, to: today };
      return isFeedRead
        ? nextStep(settings.seriesId, due, { first: input.first, step })
        : whenOver({ from, to: addSteps(from, step, 1) }, today);
    }
    const to = input.clock === 'live' ? today : addMonths(from, input.stepMonths);
    if (to <= from) return null;
    return { from, to };
  }

  /** The first window after `due.from` that holds a bar, when it is over and its bars are all there. */
  async function nextStep(
    seriesId: string,
    due: Window,
    { first, step }: { readonly first: string; readonly step: Step },
  ): Promise<Window | null> {
    const bar = due.from < due.to ? await firstBarTime(pool, seriesId, due) : null;
    if (bar === null) return null;
    // Cycles that were started by hand may have left the grid that begins at `first`.
    const isOnGrid = first <= due.from && windowHolding(first, step, due.from).from === due.from;
    const window = whenOver(windowHolding(isOnGrid ? first : due.from, step, bar), due.to);
    if (window === null) return null;
    return (await isCovered(seriesId, window, step)) ? window : null;
  }

  /**
   * Will no more bars come for a window? A later bar says so. Else a window of days waits for the
   * bar of its last day, because a bar that comes late could never be traded; one of months lets a
   * week go without, because its next start may be a month away.
   */
  async function isCovered(seriesId: string, window: Window, step: Step): Promise<boolean> {
    const last = await lastBarTime(pool, seriesId, '9999-12-31');
    if (last === null) return false;
    if (last >= window.to) return true;
    if ('months' in step) return missingBars({ last }, window) === null;
    return addSteps(last.slice(0, 10), { days: 1 }, 1) >= window.to;
  }

  return classified({ nextWindow });
}

function whenOver(window: Window, today: string): Window | null {
  return window.to <= today ? window : null;
}
