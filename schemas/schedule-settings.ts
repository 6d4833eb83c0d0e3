import { z } from 'zod';
import { parseStep, STEP_RULE } from './window.ts';

/** Bounds of the five fields of a cron expression: minute, hour, day, month, weekday. */
const CRON_BOUNDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

const CRON_NAMES =
  /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)$/i;

const CRON_PART = /^(\*|\w+(?:-\w+)?)(?:\/[1-9]\d*)?$/;

function isCronField(text: string, [low, high]: readonly [number, number]): boolean {
  return text.split(',').every((part) => {
    const range = CRON_PART.exec(part)?.[1];
    if (range === undefined) return false;
    if (range === '*') return true;
    return range.split('-').every((value) => {
      if (CRON_NAMES.test(value)) return true;
      return /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
    });
  });
}

/** Five fields within their bounds. The server reads the rest: this only catches slips early. */
export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === CRON_BOUNDS.length &&
    CRON_BOUNDS.every((bounds, index) => isCronField(fields[index] ?? '', bounds))
  );
}

function isStep(text: string): boolean {
  try {
    parseStep(text);
    return true;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A length of the wall clock: minutes, hours or days. */
const Duration = z
  .string()
  .regex(/^[1-9]\d{0,3}(m|h|d)$/, 'must be minutes, hours or days: 30m, 12h, 1d');

const MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns ms of a duration that its schema has accepted. */
export function durationMs(duration: string): number {
  return Number(duration.slice(0, -1)) * (MS[duration.slice(-1)] ?? 0);
}

/** When cycles of a strategy start by the clock, and which windows they run. */
export const ScheduleSettings = z
  .strictObject({
    /** Five fields, in `timeZone`. Either this or `every`. */
    cron: z
      .string()
      .refine(isCron, 'must be five cron fields: minute hour day month weekday')
      .optional(),
    every: Duration.optional(),
    timeZone: z.string().refine(isTimeZone, 'must be a time zone such as UTC').default('UTC'),
    /** `live`: windows up to the scheduled day; `replay`: one window of history a start. */
    clock: z.enum(['live', 'replay']).default('live'),
    /** First day of the first window. */
    from: z.iso.date(),
    /** Length of a window. */
    window: z.string().refine(isStep, STEP_RULE).default('1d'),
    /** What becomes of a start while the cycle before it runs or waits for a person. */
    overlap: z.enum(['skip', 'buffer-one']).default('skip'),
    /** Starts that were missed for longer than this are dropped. */
    catchUp: Duration.default('1h'),
    /** Left out, pausing is left to operators. */
    paused: z.boolean().optional(),
  })
  .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), {
    error: 'must have either cron or every',
  });
export type ScheduleSettings = z.infer<typeof ScheduleSettings>;
