import fc from 'fast-check';
import { PreconditionError } from '../../engine/precondition.ts';
import { measure, returnsOf } from '../../engine/metrics.ts';
import { Metrics } from '../../schemas/metrics.ts';
import type { EquityPoint, Fill } from '../../schemas/trading.ts';

const RELEASE = 'a'.repeat(64);

function day(index: number): string {
  return new Date(Date.UTC(2012, 0, 2 + index)).toISOString().slice(0, 10);
}

/** Equity points of an account that holds cash only. */
function cashOnly(...values: number[]): EquityPoint[] {
  return values.map((equity, index) => aPoint({ time: day(index), equity, cash: equity }));
}

function aPoint(some: Partial<EquityPoint>): EquityPoint {
  return { time: day(0), equity: 100, cash: 100, units: 0, close: 10, releaseId: RELEASE, ...some };
}

function aFill(some: Partial<Fill>): Fill {
  return {
    orderId: 'o',
    time: day(0),
    side: 'buy',
    units: 1,
    price: 10,
    fee: 0,
    slippage: 0,
    releaseId: RELEASE,
    ...some,
  };
}

describe('measure', () => {
  // By hand, from 100: 110, 99, 108.9. Returns +10 %, -10 %, +10 %.
  const zigzag = { equity: cashOnly(110, 99, 108.9), fills: [], initialEquity: 100 };

  it('divides the deviation by T - 1 in volatility and Sharpe', () => {
    const metrics = measure(zigzag);

    // mean 0.1/3; squared deviations 2*(0.2/3)^2 + (0.4/3)^2 = 0.24/9; over 2 = 0.12/9;
    // deviation 0.1154700538; * sqrt(252) = 1.8330302780; 0.0333333 / 0.11547 * 15.8745 = 4.582576.
    expect(metrics.volatility).toBeCloseTo(1.833030278, 9);
    expect(metrics.sharpe).toBeCloseTo(4.582575695, 9);
  });

  it('runs the downside mean of Sortino over all bars', () => {
    // sqrt(0.01 / 3) = 0.0577350269; 0.0333333 / 0.0577350 * 15.8745079 = 9.1651513899.
    expect(measure(zigzag).sortino).toBeCloseTo(9.1651513899, 9);
  });

  it('compounds the annual return over 252 bars a year', () => {
    const metrics = measure(zigzag);

    expect(metrics.totalReturn).toBeCloseTo(0.089, 12);
    // 1.089^84 - 1
    expect(metrics.annualReturn).toBeCloseTo(1.089 ** 84 - 1, 6);
    expect(metrics.calmar).toBeCloseTo((1.089 ** 84 - 1) / 0.1, 4);
  });

  it('counts the starting equity as a peak and the bars under it', () => {
    const metrics = measure({
      equity: cashOnly(90, 95, 120, 90, 130),
      fills: [],
      initialEquity: 100,
    });

    // The fall from 120 to 90 is a quarter; 90 and 95 lie two bars below the starting 100.
    expect(metrics.drawdownMax).toBeCloseTo(0.25, 12);
    expect(metrics.drawdownBarsMax).toBe(2);
    expect(measure({ equity: cashOnly(80, 85), fills: [], initialEquity: 100 }).drawdownMax).toBe(
      1 - 80 / 100,
    );
  });

  it('leaves undefined ratios null', () => {
    const flat = measure({ equity: cashOnly(100, 100, 100), fills: [], initialEquity: 100 });
    const none = measure({ equity: [], fills: [], initialEquity: 100 });

    expect(flat).toMatchObject({ sharpe: null, sortino: null, calmar: null, hitRate: null });
    expect(none).toMatchObject({ bars: 0, totalReturn: 0, annualReturn: null, volatility: null });
    expect(measure({ equity: cashOnly(101), fills: [], initialEquity: 100 }).sharpe).toBeNull();
  });

  it('takes returns that are constant up to rounding as constant', () => {
    const equity = cashOnly(
      ...Array.from({ length: 50 }, (_, index) => 100 * 1.001 ** (index + 1)),
    );

    expect(measure({ equity, fills: [], initialEquity: 100 }).volatility).toBeCloseTo(0, 10);
    expect(
      measure({ equity: cashOnly(200, 400), fills: [], initialEquity: 100 }).sharpe,
    ).toBeNull();
  });

  it('charges fees and half spreads to round trips, costs and turnover', () => {
    // Buy 5 at 10 (fee 1), sell 5 at 10.3 (fee 1): gains 1.5 - 2 = -0.5, a loss because of fees.
    // Buy 4 at 10 (fee 0), sell 1 then 3 at 11: gains 4, one round trip over three fills.
    const fills = [
      aFill({ time: day(0), units: 5, price: 10, fee: 1, slippage: 0.05 }),
      aFill({ time: day(1), side: 'sell', units: 5, price: 10.3, fee: 1, slippage: 0.05 }),
      aFill({ time: day(2), units: 4, price: 10 }),
      aFill({ time: day(3), side: 'sell', units: 1, price: 11 }),
      aFill({ time: day(3), side: 'sell', units: 3, price: 11 }),
    ];
    const equity = [
      aPoint({ time: day(0), equity: 99, cash: 49, units: 5 }),
      aPoint({ time: day(1), equity: 99.5, cash: 99.5 }),
      aPoint({ time: day(2), equity: 99.5, cash: 59.5, units: 4 }),
      aPoint({ time: day(3), equity: 103.5, cash: 103.5 }),
    ];

    const metrics = measure({ equity, fills, initialEquity: 100 });

    expect(metrics.roundTrips).toBe(2);
    expect(metrics.hitRate).toBe(0.5);
    expect(metrics.costs).toBeCloseTo(2.1, 12);
    // Notional 50 + 51.5 + 40 + 11 + 33 = 185.5 in 4/252 years; mean equity 100.375.
    expect(metrics.turnover).toBeCloseTo((185.5 * 63) / 100.375, 9);
    // 50/99 and 40/99.5 held on two of four bars.
    expect(metrics.exposure).toBeCloseTo((50 / 99 + 40 / 99.5) / 4, 12);
  });

  it('counts a position carried in as bought at its value then', () => {
    // 10 units worth 10 each were held; sold on the second bar at 9: a round trip that lost 10.
    const equity = [
      aPoint({ time: day(0), equity: 105, cash: 0, units: 10, close: 10.5 }),
      aPoint({ time: day(1), equity: 90, cash: 90 }),
    ];
    const fills = [aFill({ time: day(1), side: 'sell', units: 10, price: 9 })];

    expect(measure({ equity, fills, initialEquity: 100 })).toMatchObject({
      roundTrips: 1,
      hitRate: 0,
    });
    expect(
      measure({
        equity: [aPoint({ time: day(0), equity: 110, cash: 110 })],
        fills: [aFill({ side: 'sell', units: 10, price: 11 })],
        initialEquity: 100,
      }),
    ).toMatchObject({ roundTrips: 1, hitRate: 1 });
  });

  it.each([0, -1, Number.NaN])('rejects an initial equity of %d', (initialEquity) => {
    expect(() => measure({ equity: [], fills: [], initialEquity })).toThrow(PreconditionError);
  });

  it('gives figures that fit the schema and do not depend on the currency', () => {
    const values = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(values, (equity) => {
        const metrics = measure({ equity: cashOnly(...equity), fills: [], initialEquity: 100 });
        const scaled = measure({
          equity: cashOnly(...equity.map((value) => value * 8)),
          fills: [],
          initialEquity: 800,
        });

        expect(Metrics.parse(metrics)).toEqual(scaled);
      }),
    );
  });
});

describe('returnsOf', () => {
  it('starts from the initial equity', () => {
    expect(returnsOf(cashOnly(110, 99), 100)).toEqual([110 / 100 - 1, 99 / 110 - 1]);
  });

  it('rejects a return from nothing', () => {
    expect(() => returnsOf(cashOnly(0, 5), 100)).toThrow(PreconditionError);
  });
});
