import { z } from 'zod';

const Day = z.iso.date();
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');

/**
 * When an exchange is open, as versioned data. Days and hours are those of its time zone. What lies
 * outside `validFrom` to `validTo` is not known.
 */
export const ExchangeCalendar = z.strictObject({
  /** ISO 10383 market identifier code. */
  code: z.string().regex(/^[A-Z0-9]{4}$/),
  name: z.string().min(1),
  timeZone: z.string().min(1),
  validFrom: Day,
  validTo: Day,
  version: z.string().min(1),
  source: z.string().min(1),
  notes: z.array(z.string()),
  /** Hours of a regular session. */
  open: TimeOfDay,
  close: TimeOfDay,
  /** Weekdays without a session. */
  holidays: z.array(Day),
  /** Weekend days with one. */
  extraSessions: z.array(Day),
  /** Sessions with other hours, half days most of all. */
  otherHours: z.record(Day, z.strictObject({ open: TimeOfDay, close: TimeOfDay })),
});
export type ExchangeCalendar = z.infer<typeof ExchangeCalendar>;
