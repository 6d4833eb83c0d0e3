import { z } from 'zod';

/** Lower-case hex of a SHA-256. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
export type Sha256 = z.infer<typeof Sha256>;

/** Open time of a bar: a day for daily bars, an ISO 8601 instant in UTC for shorter ones. */
export const BarTime = z.union([z.iso.date(), z.iso.datetime()]);

/** Identifier that people type: strategies, instruments, series. */
export const Slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be 1 to 63 of a-z, 0-9 and -, starting with a letter or digit',
  );

/** A half-open span of time [from, to). */
export const WindowSchema = z
  .strictObject({ from: BarTime, to: BarTime })
  .refine((window) => window.from < window.to, { error: 'from must lie before to' });

/** A finite number; JSON cannot carry NaN or infinities. */
export const Finite = z.number();

export const Fraction = z.number().min(0).max(1);

export type ParameterValue =
  number | string | boolean | ParameterValue[] | { [name: string]: ParameterValue };

/** A value of a parameter set: plain JSON without null. */
export const ParameterValue: z.ZodType<ParameterValue> = z.lazy(() =>
  z.union([
    Finite,
    z.string(),
    z.boolean(),
    z.array(ParameterValue),
    z.record(z.string(), ParameterValue),
  ]),
);

/** Values of a parameter set by name; most are flat, some strategies take a list of rules. */
export const ParameterSet = z.record(z.string(), ParameterValue);
export type ParameterSet = z.infer<typeof ParameterSet>;
