import type { Bar } from '../../../schemas/bar.ts';
import { counted } from '../../../schemas/counted.ts';
import { ProblemList, type RefusalCode, type Remark, type WarningCode } from './problems.ts';
import type { ReadRow } from './row.ts';
import type { BarInstant } from './values.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Rows of a daily file that lie more calendar days apart than this are remarked on. */
const GAP_DAYS_MAX = 7;

/** A file with times is a daily one when no two rows lie closer; 23 h when clocks go forward. */
const DAILY_STEP_MS = 20 * HOUR_MS;

/** A close below this share of the one before, or above its inverse, is remarked on. */
const JUMP_RATIO = 0.6;

/** So many bars that are equal in every column are remarked on. */
const STALE_BARS = 10;

const FORM_WORDS = {
  date: 'a day',
  'local-time': 'a time without an offset',
  'offset-time': 'a time with an offset',
} as const;

export interface SeriesLists {
  readonly refusals: ProblemList<RefusalCode>;
  readonly warnings: ProblemList<WarningCode>;
}

/** Checks each row against those before it. It keeps one row, so its memory does not grow. */
export class SeriesChecks {
  private readonly lists: SeriesLists;
  private readonly nowMs: number;
  /** Counted at the end, when it is known whether the file is a daily one. */
  private readonly gaps = new ProblemList<'gap'>();
  private stepMinMs = Number.POSITIVE_INFINITY;
  private previous: { instant: BarInstant; line: number } | null = null;
  private previousBar: Bar | null = null;
  private equalBars = { count: 0, line: 0 };
  private offsetChanged = false;

  constructor(lists: SeriesLists, nowMs: number) {
    this.lists = lists;
    this.nowMs = nowMs;
  }

  check(row: ReadRow): void {
    if (row.instant !== null) {
      this.checkInstant(row.instant, row);
      this.previous = { instant: row.instant, line: row.line };
    }
    if (row.bar !== null) {
      this.checkBar(row.bar, row);
      this.previousBar = row.bar;
    }
  }

  end(): void {
    const isDaily = this.previous?.instant.form === 'date' || this.stepMinMs >= DAILY_STEP_MS;
    if (isDaily) {
      this.lists.warnings.merge(this.gaps);
    }
  }

  private checkInstant(instant: BarInstant, { line, texts }: ReadRow): void {
    const { refusals, warnings } = this.lists;
    const remark = { line, column: 'date', value: texts.date };
    if (instant.ms > this.nowMs) {
      const message = `${instant.time} lies after ${new Date(this.nowMs).toISOString()}`;
      refusals.add('future-date', { ...remark, message });
    }
    if (isWeekend(instant)) {
      warnings.add('weekend', { ...remark, message: `${instant.time} is a Saturday or Sunday` });
    }
    if (this.previous === null) {
      return;
    }
    const { instant: before, line: lineBefore } = this.previous;
    if (instant.form !== before.form) {
      const message = `${FORM_WORDS[instant.form]}, but line ${String(lineBefore)} has ${FORM_WORDS[before.form]}`;
      refusals.add('mixed-time-zones', { ...remark, message });
    } else if (instant.ms === before.ms) {
      const message = `${instant.time} stands in line ${String(lineBefore)} too`;
      refusals.add('duplicate-timestamp', { ...remark, message });
    } else if (instant.ms < before.ms) {
      const message = `${instant.time} lies before ${before.time} in line ${String(lineBefore)}`;
      refusals.add('out-of-order', { ...remark, message });
    } else {
      this.warnAboutStep(before, instant, remark);
    }
  }

  private warnAboutStep(
    before: BarInstant,
    instant: BarInstant,
    remark: Omit<Remark, 'message'>,
  ): void {
    const step = instant.ms - before.ms;
    this.stepMinMs = Math.min(this.stepMinMs, step);
    const days = dayNumber(instant) - dayNumber(before);
    if (days > GAP_DAYS_MAX) {
      this.gaps.add('gap', { ...remark, message: `${counted(days, 'day')} after ${before.time}` });
    }
    const shift = instant.offsetMinutes - before.offsetMinutes;
    if (shift !== 0 && !this.offsetChanged) {
      this.offsetChanged = true;
      const message = `the offset from UTC changes by ${String(shift)} minutes`;
      this.lists.warnings.add('utc-offset-changes', { ...remark, message });
    }
  }

  private checkBar(bar: Bar, { line, texts }: ReadRow): void {
    const { warnings } = this.lists;
    const before = this.previousBar;
    if (before === null || !sameBar(before, bar)) {
      this.equalBars = { count: 0, line };
    }
    this.equalBars.count += 1;
    if (this.equalBars.count === STALE_BARS) {
      const message = `${String(STALE_BARS)} or more equal bars from here on`;
      warnings.add('stale', { line: this.equalBars.line, message });
    }
    const ratio = before === null ? 1 : bar.close / before.close;
    if (ratio < JUMP_RATIO || ratio > 1 / JUMP_RATIO) {
      const message = `${String(bar.close)} is ${ratio.toPrecision(3)} times the close before`;
      warnings.add('price-jump', { line, column: 'close', value: texts.close, message });
    }
  }
}

function sameBar(one: Bar, other: Bar): boolean {
  return (
    one.open === other.open &&
    one.high === other.high &&
    one.low === other.low &&
    one.close === other.close &&
    one.volume === other.volume
  );
}

/**
 * Days since 1970-01-01 by the calendar of the place that the file's own offset names: a week with
 * a change to winter time is an hour longer, and no gap.
 */
function dayNumber(instant: BarInstant): number {
  return Math.floor((instant.ms + instant.offsetMinutes * 60_000) / DAY_MS);
}

function isWeekend(instant: BarInstant): boolean {
  // 1970-01-01 was a Thursday. No Date, because this runs for each of many million rows.
  const day = (((dayNumber(instant) + 4) % 7) + 7) % 7;
  return day === 0 || day === 6;
}
