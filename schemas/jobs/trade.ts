import { z } from 'zod';
import { Sha256, WindowSchema } from '../primitives.ts';
import { TradableRelease } from '../release.ts';
import { CostModel } from '../settings.ts';
import { AccountState } from '../trading.ts';

/** Job `trade/walk`: walks a window bar by bar with one release. Reads `bars.csv`. */
export const WalkInput = z.strictObject({
  window: WindowSchema,
  release: TradableRelease,
  account: AccountState,
  costModel: CostModel,
});
export type WalkInput = z.infer<typeof WalkInput>;

/** Output files, one JSON object a line, oldest first. */
export const DECISIONS_FILE = 'decisions.jsonl';
export const ORDERS_FILE = 'orders.jsonl';
export const FILLS_FILE = 'fills.jsonl';
export const EQUITY_FILE = 'equity.jsonl';

export const WalkResult = z.strictObject({
  bars: z.int().positive(),
  orders: z.int().nonnegative(),
  fills: z.int().nonnegative(),
  /** Hash of the bytes of `decisions.jsonl`: equal logs mean equal decisions. */
  decisionsSha256: Sha256,
  account: AccountState,
});
export type WalkResult = z.infer<typeof WalkResult>;
