import { z } from 'zod';
import { Fraction } from '../schemas/primitives.ts';

const Positive = z.number().positive();

/** One speed of the trend rule. */
const TrendRule = z
  .strictObject({
    /** Spans of the two averages, in bars. */
    fast: z.int().min(1).max(1000),
    slow: z.int().min(2).max(4000),
    /** Makes the mean absolute forecast 10. */
    scalar: Positive,
    /** Share of the combined forecast. */
    weight: Fraction,
  })
  .refine((rule) => rule.fast < rule.slow, { path: ['fast'], error: 'must be smaller than slow' });

/** Exponential volatility of price changes, and its floor. */
const Volatility = z.strictObject({
  span: z.int().min(2).max(1000).default(35),
  minPeriods: z.int().min(2).max(1000).default(10),
  floorQuantile: Fraction.default(0.05),
  floorWindow: z.int().min(1).max(10_000).default(500),
  floorMinPeriods: z.int().min(1).max(10_000).default(100),
});

/** How far a holding may stray before it is traded. */
const Buffer = z.strictObject({
  fraction: Fraction.default(0.1),
  method: z.enum(['forecast', 'position']).default('forecast'),
  tradeTo: z.enum(['edge', 'optimal']).default('edge'),
  rounded: z.boolean().default(false),
});

/** Parameters of `ewmac-carry`; the defaults are those of Carver's futures chapter, without carry. */
export const EwmacCarryParameters = z
  .strictObject({
    rules: z.array(TrendRule).min(1).max(20),
    carry: z.strictObject({
      scalar: Positive.default(30),
      /** 0 leaves carry out; more needs the carry columns of a futures file. */
      weight: Fraction.default(0),
      /** Center of mass of the smoothing, in bars. */
      smoothingCom: Positive.default(90),
    }),
    forecastCap: Positive.default(20),
    forecastDiversificationMultiplier: z.number().min(1).max(2.5).default(1),
    volatility: Volatility.prefault({}),
    /** Annual, as a fraction of the capital. */
    targetVolatility: z.number().positive().max(5),
    /** Fixed, in account currency: profits are not reinvested. */
    capital: Positive,
    /** Value of a price move of 1 for one contract. */
    pointValue: Positive,
    fxRate: Positive.default(1),
    instrumentWeight: Fraction.default(1),
    instrumentDiversificationMultiplier: z.number().min(1).max(2.5).default(1),
    buffer: Buffer.prefault({}),
    execution: z.enum(['nextOpen', 'closeDelay']).default('nextOpen'),
    /** What costs are a share of: the adjusted price, or the held contract's, with its rolls. */
    costPrice: z.enum(['adjusted', 'contract']).default('adjusted'),
  })
  .refine(({ rules, carry }) => carry.weight > 0 || rules.some(({ weight }) => weight > 0), {
    path: ['rules'],
    error: 'must have a weight above 0 somewhere, or carry must',
  });
export type EwmacCarryParameters = z.infer<typeof EwmacCarryParameters>;
