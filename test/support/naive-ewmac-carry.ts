import type { CurvePoint } from '../../engine/futures/curve.ts';
import type { Bar } from '../../schemas/bar.ts';

export type FuturesBar = Bar & { readonly curve: CurvePoint };

/** Parameters of a run, all given: nothing is filled in here. */
export interface NaiveParameters {
  readonly rules: readonly { fast: number; slow: number; scalar: number; weight: number }[];
  readonly carry: { scalar: number; weight: number; smoothingCom: number };
  readonly forecastCap: number;
  readonly forecastDiversificationMultiplier: number;
  readonly volatility: {
    span: number;
    minPeriods: number;
    floorQuantile: number;
    floorWindow: number;
    floorMinPeriods: number;
  };
  readonly targetVolatility: number;
  readonly capital: number;
  readonly pointValue: number;
  readonly buffer: { fraction: number; method: string; tradeTo: string; rounded: boolean };
  readonly execution: string;
  readonly costPrice: string;
}

const clip = (value: number, cap: number): number => Math.min(cap, Math.max(-cap, value));
const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** sum_k (1-a)^k x[i-k] / sum_k (1-a)^k, over all rows so far and those that have a value. */
function ewma(values: readonly number[], alpha: number): number {
  let [top, bottom] = [0, 0];
  for (const [at, value] of values.entries()) {
    const weight = (1 - alpha) ** (values.length - 1 - at);
    if (!Number.isNaN(value)) [top, bottom] = [top + weight * value, bottom + weight];
  }
  return top / bottom;
}

function rawVolatility(
  close: readonly number[],
  { span, minPeriods }: NaiveParameters['volatility'],
) {
  const changes = close.slice(1).map((value, at) => value - (close[at] ?? 0));
  if (changes.length < minPeriods) return Number.NaN;
  const weights = changes.map((_, at) => (1 - 2 / (span + 1)) ** (changes.length - 1 - at));
  const [s1, s2] = [sum(weights), sum(weights.map((weight) => weight ** 2))];
  const mean = sum(changes.map((change, at) => change * (weights[at] ?? 0))) / s1;
  const biased = sum(changes.map((change, at) => (change - mean) ** 2 * (weights[at] ?? 0))) / s1;
  return Math.max(Math.sqrt((biased * s1 ** 2) / (s1 ** 2 - s2)), 1e-10);
}

function floorOf(raw: readonly number[], options: NaiveParameters['volatility']): number {
  const recent = raw.slice(-options.floorWindow).filter((value) => !Number.isNaN(value));
  if (recent.length < options.floorMinPeriods) return 0;
  recent.sort((one, other) => one - other);
  const place = options.floorQuantile * (recent.length - 1);
  const [low, high] = [recent[Math.floor(place)] ?? 0, recent[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

function annualCarry({ price, priceContract, carry, carryContract }: CurvePoint): number {
  const months = (contract: number) => Math.floor(contract / 100) * 12 + (contract % 100);
  const years = (months(carryContract) - months(priceContract)) / 12;
  const least = 1 / 365.25;
  const apart = Math.abs(years) < least ? (years < 0 ? -least : least) : years;
  return price === carry ? Number.NaN : (price - carry) / apart;
}

function evenly(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

function nextHeld(
  held: number,
  { position, average }: { position: number; average: number },
  { fraction, method, tradeTo, rounded }: NaiveParameters['buffer'],
): number {
  if (Number.isNaN(position)) return held;
  const round = rounded ? evenly : (value: number) => value;
  const width = fraction * Math.abs(method === 'forecast' ? average : position);
  const [top, bottom] = [round(position + width), round(position - width)];
  if (held > top) return tradeTo === 'edge' ? top : round(position);
  if (held < bottom) return tradeTo === 'edge' ? bottom : round(position);
  return held;
}

/**
 * `ewmac-carry` word by word from its definition, each row from all rows before it: slow, and sharing no
 * code with the engine.
 */
export function naiveEwmacCarry(
  bars: readonly FuturesBar[],
  parameters: NaiveParameters,
  feeBps: number,
) {
  const { rules, carry, forecastCap: cap, volatility: options, buffer } = parameters;
  const close = bars.map((bar) => bar.close);
  const raw: number[] = [];
  const rawCarry: number[] = [];
  let held = 0;
  const rows = bars.map((bar, t) => {
    const known = close.slice(0, t + 1);
    raw.push(rawVolatility(known, options));
    const deviation = Math.max(raw[t] ?? 0, floorOf(raw, options));
    rawCarry.push(annualCarry(bar.curve) / (deviation * 16));
    const byRule: Record<string, number> = {};
    let total = 0;
    for (const { fast, slow, scalar, weight } of rules) {
      const trend = (ewma(known, 2 / (fast + 1)) - ewma(known, 2 / (slow + 1))) / deviation;
      const forecast = clip(trend * scalar, cap);
      byRule[`ewmac${String(fast)}_${String(slow)}`] = forecast;
      total += weight * forecast;
    }
    byRule['carry'] = clip(carry.scalar * ewma(rawCarry, 1 / (1 + carry.smoothingCom)), cap);
    if (carry.weight > 0) total += carry.weight * byRule['carry'];
    const combined = clip(parameters.forecastDiversificationMultiplier * total, cap);
    const cash = (parameters.capital * parameters.targetVolatility) / 16;
    const average = cash / (deviation * parameters.pointValue);
    const position = (average * combined) / 10;
    held = nextHeld(held, { position, average }, buffer);
    return { byRule, combined, position, held };
  });
  return { rows, equity: naiveEquity(bars, rows, { ...parameters, feeBps }) };
}

/** Gains and costs of each bar one by one, from what was held when. */
function naiveEquity(
  bars: readonly FuturesBar[],
  rows: readonly { held: number }[],
  { capital, pointValue, execution, costPrice, feeBps }: NaiveParameters & { feeBps: number },
): number[] {
  const at = (t: number) => rows[t]?.held ?? 0;
  let equity = capital;
  return bars.map(({ open, close, curve }, t) => {
    const before = bars[t - 1];
    if (before === undefined) return equity;
    const [old, now] = [at(t - 2), at(t - 1)];
    if (execution === 'closeDelay') {
      equity += old * (close - before.close) * pointValue;
      return equity;
    }
    equity += (old * (open - before.close) + now * (close - open)) * pointValue;
    const [basis, oldBasis] = [curve.price - close, before.curve.price - before.close];
    const isRoll = curve.priceContract !== before.curve.priceContract;
    const real = isRoll
      ? Math.abs(old) * (open + oldBasis) + Math.abs(now) * (open + basis)
      : Math.abs(now - old) * (open + basis);
    const notional = costPrice === 'contract' ? real : Math.abs(now - old) * open;
    equity -= (notional * pointValue * feeBps) / 10_000;
    return equity;
  });
}
