import type { FuturesWalk } from '../../engine/futures/walk-futures.ts';
import type { Walk } from '../../engine/walk.ts';
import type { BacktestRequest, SweepRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import { FuturesAccountState } from '../../schemas/jobs/backtest.ts';
import type {
  FuturesPart,
  PartAccount,
  PartFile,
  SetsPart,
  WalkPart,
} from '../../schemas/jobs/backtest.ts';
import { AccountState } from '../../schemas/trading.ts';
import type { WalkRecords } from './backtest.ts';
import type { OpenedRequest } from './open-request.ts';
import { readParameterSets, runSweep, type SweptSets } from './sweep.ts';
import type { ProgressListener } from './sweep-pool.ts';
import { NO_RELEASE, prepareBacktest, walkBacktest, walkFuturesBacktest } from './walk-backtest.ts';

/** One of several parts; parts differ in length by one at most. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

/** The rows [from, to) of a shard, of so many in all. */
function rangeOf({ index, count }: Shard, length: number): { from: number; to: number } {
  return {
    from: Math.floor((index * length) / count),
    to: Math.floor(((index + 1) * length) / count),
  };
}

/** Everything that the parts of a request leave; a walk of this very process is taken as it is. */
export type Part = PartFile | { readonly kind: 'walked'; readonly walk: Walk };

/** Walks all bars of a back-test at once. */
export async function wholeWalk({
  request,
  found,
  bars,
}: OpenedRequest<BacktestRequest>): Promise<Part> {
  const prepared = prepareBacktest(request, found.strategy, bars);
  const { futures } = prepared.bound;
  if (futures === null) return { kind: 'walked', walk: await walkBacktest(prepared) };
  return futuresPart(await walkFuturesBacktest(prepared, futures));
}

/**
 * Walks the bars of one shard of a back-test.
 *
 * @param account after the shard before; null for the first.
 */
export async function walkPart(
  { request, found, bars }: OpenedRequest<BacktestRequest>,
  shard: Shard,
  account: PartAccount | null,
): Promise<WalkPart | FuturesPart> {
  const prepared = prepareBacktest(request, found.strategy, bars);
  const { from, to } = rangeOf(shard, bars.length);
  const span = { fromIndex: from, toIndex: to };
  const { futures } = prepared.bound;
  if (futures !== null) {
    const before = account === null ? null : FuturesAccountState.parse(account);
    return futuresPart(await walkFuturesBacktest(prepared, futures, { span, account: before }));
  }
  const before = account === null ? null : AccountState.parse(account);
  const walked = await walkBacktest(prepared, { span, account: before });
  const { decisions, equity, fills } = walked;
  return {
    kind: 'walk',
    forecast: decisions.map(({ forecast }) => forecast),
    prediction: decisions.map(({ prediction }) => prediction),
    target: decisions.map(({ target }) => target),
    equity: equity.map((point) => point.equity),
    cash: equity.map(({ cash }) => cash),
    units: equity.map(({ units }) => units),
    fills: [...fills],
    account: walked.account,
  };
}

function futuresPart({ decisions, fills, equity, account }: FuturesWalk): FuturesPart {
  return {
    kind: 'futures',
    decisions: [...decisions],
    fills: [...fills],
    equity: [...equity],
    account,
  };
}

/** The walk on a futures account that parts in their order make. */
export function joinFutures(parts: readonly FuturesPart[]): FuturesWalk {
  return {
    decisions: parts.flatMap((part) => part.decisions),
    fills: parts.flatMap((part) => part.fills),
    equity: parts.flatMap((part) => part.equity),
    account: (parts.at(-1) as FuturesPart).account,
  };
}

/** The walk over all bars that parts in their order make: what times and closes are, the bars know. */
export function joinWalk(parts: readonly WalkPart[], bars: readonly Bar[]): WalkRecords {
  const releaseId = NO_RELEASE;
  const forecast = parts.flatMap((part) => part.forecast);
  const prediction = parts.flatMap((part) => part.prediction);
  const target = parts.flatMap((part) => part.target);
  const equity = parts.flatMap((part) => part.equity);
  const cash = parts.flatMap((part) => part.cash);
  const units = parts.flatMap((part) => part.units);
  return {
    decisions: bars.map(({ time }, at) => ({
      time,
      releaseId,
      forecast: forecast[at] ?? null,
      prediction: prediction[at] ?? null,
      target: target[at] as number,
    })),
    equity: bars.map(({ time, close }, at) => ({
      time,
      equity: equity[at] as number,
      cash: cash[at] as number,
      units: units[at] as number,
      close,
      releaseId,
    })),
    fills: parts.flatMap((part) => part.fills),
    account: (parts.at(-1) as WalkPart).account,
  };
}

/** Runs the parameter sets of one shard of a sweep. */
export async function setsPart(
  { request, found, bars }: OpenedRequest<SweepRequest>,
  shard: Shard,
  options: { readonly withSharpes: boolean; readonly onProgress?: ProgressListener | undefined },
): Promise<SetsPart> {
  const range = rangeOf(shard, readParameterSets(request).length);
  const { rows, sharpes } = await runSweep(request, found.strategy, bars, { ...options, range });
  return {
    kind: 'sets',
    finalEquity: rows.map((row) => row.finalEquity),
    trades: rows.map((row) => row.trades),
    maxDrawdown: rows.map((row) => row.maxDrawdown),
    sharpe: sharpes === null ? null : [...sharpes],
  };
}

/** The rows of all parameter sets, of parts in their order. */
export function joinSets(parts: readonly SetsPart[], sets: readonly unknown[]): SweptSets {
  const finalEquity = parts.flatMap((part) => part.finalEquity);
  const trades = parts.flatMap((part) => part.trades);
  const maxDrawdown = parts.flatMap((part) => part.maxDrawdown);
  const isMeasured = parts.every(({ sharpe }) => sharpe !== null);
  return {
    rows: sets.map((params, at) => ({
      params,
      finalEquity: finalEquity[at] as number,
      trades: trades[at] as number,
      maxDrawdown: maxDrawdown[at] as number,
    })),
    sharpes: isMeasured ? parts.flatMap(({ sharpe }) => sharpe ?? []) : null,
  };
}

/** Parts of one kind, in their order; throws when one is of the other kind. */
export function partsOfKind<K extends Part['kind']>(
  parts: readonly Part[],
  kind: K,
): Extract<Part, { kind: K }>[] {
  const wrong = parts.findIndex((part) => part.kind !== kind);
  if (wrong !== -1) throw new Error(`part ${String(wrong)} must be of kind ${kind}`);
  return parts as Extract<Part, { kind: K }>[];
}
