import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { parseStep, STEP_RULE } from './window.ts';

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

const DURATION_RULE = 'must be a number and its unit, minutes, hours or days: 30m, 12h, 1d';

/** A length of the wall clock: minutes, hours or days. A bare `5` has no unit, and is no text. */
const Duration = z.string(DURATION_RULE).regex(/^[1-9]\d{0,3}(m|h|d)$/, DURATION_RULE);

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
      .string('must be text in quotes, such as "30 2 * * 2-6"')
      .superRefine((text, context) => {
        const problem = cronProblem(text);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
    every: Duration.optional(),
    timeZone: z.string().refine(isTimeZone, 'must be a time zone such as UTC').default('UTC'),
    /** `live`: windows up to the scheduled day; `replay`: one window of history a start. */
    clock: z.enum(['live', 'replay']).default('live'),
    /** First day of the first window. */
    from: z.iso.date(),
    /** Length of a window. */
    window: z.string(STEP_RULE).refine(isStep, STEP_RULE).default('1d'),
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
