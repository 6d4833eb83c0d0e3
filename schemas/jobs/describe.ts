import { z } from 'zod';
import { StrategyDescription } from '../settings.ts';

/** Job `describe/strategies`: what the installed strategies say about themselves. */
export const DescribeInput = z.strictObject({});
export const DescribeResult = z.strictObject({ strategies: z.array(StrategyDescription) });
export type DescribeResult = z.infer<typeof DescribeResult>;
