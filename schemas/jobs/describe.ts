import { z } from 'zod';
import { Sha256 } from '../primitives.ts';
import { StrategyDescription } from '../settings.ts';
import { StrategyPlaces } from '../strategy-places.ts';

/** Job `describe/strategies`: what the installed strategies say about themselves. */
export const DescribeInput = z.strictObject({});
export const DescribeResult = z.strictObject({ strategies: z.array(StrategyDescription) });
export type DescribeResult = z.infer<typeof DescribeResult>;

/** Job `describe/places`: the strategies that commands can name on a user's machine. */
export const PlacesInput = z.strictObject({
  places: StrategyPlaces,
  /** Id or path of the one that is asked for; null for all. */
  strategyId: z.string().nullable(),
});
export type PlacesInput = z.infer<typeof PlacesInput>;

export const PlacesResult = z.strictObject({
  strategies: z.array(
    z.strictObject({
      ...StrategyDescription.omit({ sourceSha256: true }).shape,
      sourceSha256: Sha256,
      /** File or package; null for an installed strategy. */
      source: z.string().nullable(),
      /** Index of the first bar that is decided on with the default parameters. */
      warmUpBars: z.int().nonnegative(),
      needsModel: z.boolean(),
    }),
  ),
  /** Files and packages that hold no strategy, each with the reason. */
  problems: z.array(z.string()),
});
export type PlacesResult = z.infer<typeof PlacesResult>;
