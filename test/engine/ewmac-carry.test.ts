import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { rawCarry, smoothedCarry, type CarryColumns } from '../../engine/forecasts/carry.ts';
import { ewmacCarryColumns, type EwmacCarryOptions } from '../../engine/forecasts/ewmac-carry.ts';
import { futuresEquity } from '../../engine/forecasts/futures-account.ts';
import { priceVolatility } from '../../engine/forecasts/price-volatility.ts';
import { nextHolding, roundHalfToEven, type BufferOptions } from '../../engine/forecasts/sizing.ts';
import { diversificationMultiplier } from '../../engine/forecasts/trend.ts';
import { exponentialAverage } from '../../engine/indicators.ts';
import { difference, golden } from '../support/golden.ts';

interface GoldenCase {
  readonly weights: readonly [number, number, number];
  readonly forecastDiversificationMultiplier: number;
  readonly carryWeight: number;
  readonly buffer: BufferOptions;
  readonly execution: 'nextOpen' | 'closeDelay';
  readonly rows: readonly (Readonly<Record<string, number | null>> & { readonly index: number })[];
  readonly heldSum: number;
  readonly trades: number;
  readonly finalEquity: number;
  readonly equitySum: number;
}

const GOLDEN = golden('ewmac-carry') as readonly GoldenCase[];

const VOLATILITY = {
  span: 35,
  minPeriods: 10,
  floorQuantile: 0.05,
  floorWindow: 500,
  floorMinPeriods: 100,
};

function optionsOf(spec: GoldenCase): EwmacCarryOptions {
  const [quick, middle, slow] = spec.weights;
  return {
    rules: [
      { fast: 16, slow: 64, scalar: 3.75, weight: quick },
      { fast: 32, slow: 128, scalar: 2.65, weight: middle },
      { fast: 64, slow: 256, scalar: 1.87, weight: slow },
    ],
    carry: { scalar: 30, weight: spec.carryWeight, smoothingCom: 90 },
    forecastCap: 20,
    forecastDiversificationMultiplier: spec.forecastDiversificationMultiplier,
    volatility: VOLATILITY,
    targetVolatility: 0.2,
    capital: 1_000_000,
    pointValue: 50,
    fxRate: 1,
    instrumentWeight: 1,
    instrumentDiversificationMultiplier: 1,
    buffer: spec.buffer,
  };
}

/** The synthetic future as columns by name. */
function syntheticFuture(): Record<string, Float64Array> & { close: Float64Array } {
  const path = new URL('../fixtures/futures/synthetic.csv', import.meta.url);
  const [header, ...rows] = readFileSync(path, 'utf8').trim().split('\n');
  const names = (header ?? '').split(',');
  const cells = rows.map((row) => row.split(',').map(Number));
  const columns = names.map((name, at) => [name, Float64Array.from(cells, (row) => row[at] ?? 0)]);
  return Object.fromEntries(columns) as ReturnType<typeof syntheticFuture>;
}

const future = syntheticFuture();
const column = (name: string): Float64Array => future[name] ?? new Float64Array();
const curve: CarryColumns = {
  price: column('price'),
  priceContract: column('price_contract'),
  carry: column('carry'),
  carryContract: column('carry_contract'),
};

function faultsOf(spec: GoldenCase, options = optionsOf(spec)): string[] {
  const { byRule, combined, position, held } = ewmacCarryColumns(future.close, curve, options);
  const columns: Record<string, Float64Array> = { ...byRule, combined, position, held };
  return spec.rows.flatMap(({ index, ...expected }) =>
    Object.entries(expected).flatMap(([name, value]) => {
      const own = columns[name]?.[index] ?? Number.NaN;
      const found = difference(Number.isNaN(own) ? null : own, value);
      return found === null ? [] : [`row ${String(index)} ${name}: ${found}`];
    }),
  );
}

describe('ewmac-carry on the synthetic future', () => {
  it.each(GOLDEN)(
    'has the forecasts and positions of pandas: $buffer, carry $carryWeight',
    (spec) => {
      expect(faultsOf(spec)).toEqual([]);
    },
  );

  it.each(GOLDEN)('earns what pandas says: $execution $buffer', (spec) => {
    const { held } = ewmacCarryColumns(future.close, curve, optionsOf(spec));
    const prices = { open: column('open'), close: future.close };
    const account = {
      capital: 1e6,
      pointValue: 50,
      fxRate: 1,
      feeBps: 1,
      execution: spec.execution,
    };

    const equity = futuresEquity(prices, held, account);

    const trades = held.filter((value, t) => value !== (held[t - 1] ?? 0)).length;
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    expect(trades).toBe(spec.trades);
    expect(difference(sum(held), spec.heldSum)).toBeNull();
    expect(difference(equity.at(-1) ?? null, spec.finalEquity)).toBeNull();
    expect(difference(sum(equity), spec.equitySum)).toBeNull();
  });

  it('would notice a span in place of the center of mass, and a floor of another length', () => {
    const spec = GOLDEN[1] as GoldenCase;
    const options = optionsOf(spec);
    const span = { ...options, carry: { ...options.carry, smoothingCom: 44.5 } };
    const floor = { ...options, volatility: { ...VOLATILITY, floorWindow: 250 } };

    expect(faultsOf(spec, span)).not.toEqual([]);
    expect(faultsOf(spec, floor)).not.toEqual([]);
  });

  it('does not use the recursion of MACD, which would agree later on only', () => {
    const average = exponentialAverage(future.close, 16);
    const adjusted = optionsOf(GOLDEN[0] as GoldenCase);
    const { byRule } = ewmacCarryColumns(future.close, null, adjusted);
    const slow = exponentialAverage(future.close, 64);
    const volatility = priceVolatility(future.close, VOLATILITY);
    const wrong = average.map(
      (value, t) => (3.75 * (value - (slow[t] ?? 0))) / (volatility[t] ?? 1),
    );

    expect(difference(byRule['ewmac16_64']?.[50] ?? null, wrong[50] ?? null)).not.toBeNull();
  });

  it('is refused with a weight of carry and no curve', () => {
    expect(() => ewmacCarryColumns(future.close, null, optionsOf(GOLDEN[1] as GoldenCase))).toThrow(
      'carry.weight must be 0 without the columns price, price_contract, carry and carry_contract, was 0.5',
    );
  });
});

describe('priceVolatility', () => {
  it('begins at bar 10 and has its floor from bar 109 on', () => {
    const volatility = priceVolatility(future.close, VOLATILITY);
    const unfloored = priceVolatility(future.close, { ...VOLATILITY, floorMinPeriods: 1e6 });

    expect(volatility.findIndex((value) => !Number.isNaN(value))).toBe(10);
    const firstRaised = volatility.findIndex((value, t) => value > (unfloored[t] ?? 0));
    expect(firstRaised).toBeGreaterThanOrEqual(109);
  });

  it('is not 0 on prices that never move', () => {
    expect(priceVolatility(new Float64Array(20).fill(5), VOLATILITY)[19]).toBe(1e-10);
  });

  it('refuses options out of their bounds', () => {
    const wrong = { ...VOLATILITY, floorQuantile: 2 };

    expect(() => priceVolatility(future.close, wrong)).toThrow('floorQuantile must be in [0, 1]');
  });
});

describe('carry', () => {
  const one = (...values: number[]) => Float64Array.of(...values);

  it.each([
    // 2 points over a quarter are 8 a year; a volatility of 0.5 is 8 a year: 1. Nearer: the other sign.
    [201503, 201506, 1],
    [201506, 201503, -1],
    // The same month counts as a day.
    [201503, 201503, (2 * 365.25) / 8],
    [201512, 201601, (2 * 12) / 8],
  ])('from %p to %p has the sign and length of the distance', (held, neighbor, expected) => {
    const curveOfOne = {
      price: one(100),
      priceContract: one(held),
      carry: one(98),
      carryContract: one(neighbor),
    };

    expect(rawCarry(curveOfOne, one(0.5))[0]).toBeCloseTo(expected, 10);
  });

  it('is missing where both prices are the same, and its average ages meanwhile', () => {
    // alpha 1/2: after a gap the weight of the first value is 1/4, not 1/2.
    expect([...smoothedCarry(one(Number.NaN, 4, Number.NaN, 8), 1)]).toEqual([
      Number.NaN,
      4,
      4,
      (4 * 0.25 + 8) / 1.25,
    ]);
  });

  it('refuses a contract that is no month', () => {
    const wrong = {
      price: one(1),
      priceContract: one(201513),
      carry: one(2),
      carryContract: one(1),
    };

    expect(() => rawCarry(wrong, one(1))).toThrow('contract must be YYYYMM, was');
  });
});

describe('buffering', () => {
  const buffer = { fraction: 0.1, method: 'forecast', tradeTo: 'edge', rounded: false } as const;

  it.each([
    [{ held: 0, position: 5, average: 10 }, buffer, 4],
    [{ held: 4.5, position: 5, average: 10 }, buffer, 4.5],
    [{ held: 9, position: 5, average: 10 }, buffer, 6],
    [{ held: 9, position: 5, average: 10 }, { ...buffer, tradeTo: 'optimal' }, 5],
    [{ held: 9, position: -5, average: 10 }, { ...buffer, method: 'position' }, -4.5],
    [{ held: 3, position: Number.NaN, average: 10 }, buffer, 3],
    // 4.5 rounds to 4, 5.5 to 6: 5 lies within.
    [{ held: 5, position: 5, average: 5 }, { ...buffer, rounded: true }, 5],
    [{ held: 7, position: 5, average: 5 }, { ...buffer, rounded: true }, 6],
  ] as const)('of %j with %j holds %p', (row, options, expected) => {
    expect(nextHolding(row, options)).toBeCloseTo(expected, 12);
  });

  it('never leaves a holding outside the buffer', () => {
    const numbers = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, numbers, (held, position, average) => {
        const next = nextHolding({ held, position, average }, buffer);
        const width = 0.1 * Math.abs(average);
        expect(Math.abs(next - position)).toBeLessThanOrEqual(width + 1e-9);
      }),
    );
  });

  it('rounds halves to even', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfToEven)).toEqual([
      -2, -2, 0, 0, 2, 2, 2, 3,
    ]);
  });
});

describe('diversificationMultiplier', () => {
  it('is 1 of one rule, more of different ones, and at most 2.5', () => {
    expect(diversificationMultiplier([1], [[1]])).toBe(1);
    // Negative correlations count as 0: 1 / √(1/4 + 1/4).
    const opposed = diversificationMultiplier(
      [0.5, 0.5],
      [
        [1, -0.5],
        [-0.5, 1],
      ],
    );
    expect(opposed).toBeCloseTo(Math.SQRT2, 12);
    const many = Array.from({ length: 100 }, (_, i) =>
      Array.from({ length: 100 }, (_x, j) => +(i === j)),
    );
    expect(diversificationMultiplier(new Array<number>(100).fill(0.01), many)).toBe(2.5);
  });
});
