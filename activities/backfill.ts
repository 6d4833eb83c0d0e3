import { lastTradedEnd, unfinishedWindow } from '../adapters/postgres/cycles.ts';
import { lastBarTime } from '../adapters/postgres/series.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { barBefore, firstBarTime, firstTradedAfter } from '../adapters/postgres/windows.ts';
import { FailureType } from '../schemas/failure-type.ts';
import type { BackfillInput, BackfillWindow } from '../schemas/payload.ts';
import { parseStep, windowHolding } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';
import { missingBars } from './build-dataset.ts';
import { classified, refusal } from './failure.ts';
import type { StoreDeps } from './store-deps.ts';

export type BackfillActivities = ReturnType<typeof createBackfillActivities>;

export function createBackfillActivities({ pool, now }: StoreDeps) {
  /**
   * The days that release 1 is trained on; null when the strategy has a release, or when no window is
   * there to trade: a release on later days than there are bars could never trade.
   *
   * @throws InvalidInput when there are not enough bars before the first window.
   */
  async function firstTrainWindow(input: BackfillInput): Promise<Window | null> {
    const { settings } = await readStrategy(pool, input.strategyId);
    const { rows } = await pool.query<{ stable: number | null }>(
      'select stable from channels where strategy_id = $1',
      [input.strategyId],
    );
    if (rows[0]?.stable != null) return null;
    if ((await windowAfter(input, settings.seriesId, input.from)) === null) return null;
    const from =
      input.trainFrom ?? (await barBefore(pool, settings.seriesId, input.from, settings.trainBars));
    if (from !== null) return { from, to: input.from };
    throw refusal(
      FailureType.InvalidInput,
      `${input.strategyId} has no release yet, and fewer than ${String(settings.trainBars)} bars ` +
        `before ${input.from} to train one on. Begin later, or name the first day to train on.`,
    );
  }

  /**
   * The next window that has not run: the first that holds a bar after what has been traded. Days
   * without a bar (weekends, holidays) are passed over, because later bars show that they had none;
   * windows that are not over, or that the bars do not cover to their end, are left for later.
   *
   * @returns null when nothing is left to do.
   */
  async function nextBackfillWindow(input: BackfillInput): Promise<BackfillWindow | null> {
    const { settings } = await readStrategy(pool, input.strategyId);
    const unfinished = await unfinishedWindow(pool, input.strategyId);
    if (unfinished !== null) {
      refuseOutside(input, unfinished);
      return {
        window: unfinished,
        isLast: (await windowAfter(input, settings.seriesId, unfinished.to)) === null,
      };
    }
    await refuseEarlier(input, settings.seriesId);
    const traded = (await lastTradedEnd(pool, input.strategyId)) ?? input.from;
    const after = traded > input.from ? traded : input.from;
    const window = await windowAfter(input, settings.seriesId, after);
    if (window === null) return null;
    return { window, isLast: (await windowAfter(input, settings.seriesId, window.to)) === null };
  }

  /** The first window from a day on that holds bars and is covered by them. */
  async function windowAfter(
    { strategyId, from, to, step }: BackfillInput,
    seriesId: string,
    day: string,
  ): Promise<Window | null> {
    const bar = await firstBarTime(pool, seriesId, { from: day, to });
    if (bar === null) return null;
    const window = windowHolding(from, parseStep(step), bar);
    if (window.from < day) {
      throw refusal(
        FailureType.WindowAlreadyRan,
        `${strategyId} has traded up to ${day}, in the middle of the window ${window.from} to ` +
          `${window.to}. Begin at ${day}, or use the length of windows that was used before.`,
      );
    }
    if (window.to > to || window.to > now().toISOString().slice(0, 10)) return null;
    const last = await lastBarTime(pool, seriesId, window.to);
    const later = await firstBarTime(pool, seriesId, { from: window.to, to });
    const isCovered =
      later !== null || missingBars(last === null ? null : { last }, window) === null;
    return isCovered ? window : null;
  }

  /** Windows run in the order of time: days before what has been traded stay as they are. */
  async function refuseEarlier({ strategyId, from }: BackfillInput, seriesId: string) {
    const traded = await firstTradedAfter(pool, strategyId, from);
    if (traded === null || traded <= from) return;
    if ((await firstBarTime(pool, seriesId, { from, to: traded })) === null) return;
    throw refusal(
      FailureType.WindowAlreadyRan,
      `${strategyId} has traded from ${traded} on, and its windows run in the order of time, so days ` +
        `from ${from} on cannot be filled in. Begin at ${traded}, or use another data directory.`,
    );
  }

  return classified({ firstTrainWindow, nextBackfillWindow });
}

function refuseOutside({ strategyId, from, to }: BackfillInput, window: Window): void {
  if (window.from >= from && window.to <= to) return;
  throw refusal(
    FailureType.WindowAlreadyRan,
    `the window ${window.from} to ${window.to} of ${strategyId} is not finished. Finish or abort it ` +
      'first; `strategy-loop cycle list` shows it.',
  );
}
