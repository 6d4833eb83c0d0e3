import {
  openPortfolio,
  portfolioFromText,
  PreconditionError,
  runPortfolio,
  StrategyError,
  type PortfolioDecision,
  type PortfolioOptions,
  type PortfolioSleeve,
  type SleeveDecision,
} from '../../engine/index.ts';
import { dayAt } from '../support/bars.ts';
import { costless, market, quietBar, quietDays, quietOptions } from '../support/quiet-market.ts';

/** The error of a run, so that its fields can be looked at. */
function errorOf(options: PortfolioOptions): unknown {
  try {
    runPortfolio(options);
  } catch (error) {
    return error;
  }
  return null;
}

function answering(answer: unknown): PortfolioOptions {
  return quietOptions({
    strategy: 'strategies/trend.ts',
    decide: ({ time }) => (time === dayAt(1) ? answer : []) as PortfolioDecision,
  });
}

describe('a strategy that cannot be used', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      'orders what nobody knows',
      [market('alpa', 1)],
      'orders[0].instrumentId',
      /must be one of alpha, was alpa\. Did you mean alpha\?/,
    ],
    ['orders NaN', [market('alpha', Number.NaN)], 'orders[0].units', /must be finite and not 0/],
    [
      'has NaN for a limit',
      [market('alpha', 1), { ...market('alpha', 1), type: 'limit', price: Number.NaN }],
      'orders[1].price',
      /orders\[1\]\.price of alpha must be finite and > 0 for limit, was NaN/,
    ],
    [
      'orders in another way',
      [{ ...market('alpha', 1), type: 'iceberg' }],
      'orders[0].type',
      /iceberg/,
    ],
    [
      'keeps NaN',
      { orders: [], state: { average: Number.NaN } },
      'state.average',
      /state\.average must be finite, was NaN/,
    ],
    ['returns nothing', undefined, 'decide', /decide must return an answer, was undefined/],
    ['returns no orders', { state: {} }, 'decide', /decide must return a list of orders/],
    [
      'converts into what nobody knows',
      [{ type: 'convert', from: 'USD', to: 'EUR', amount: 1 }],
      'orders[0].to',
      /must be one of USD, was EUR/,
    ],
    ['cancels no order', [{ type: 'cancel', order: Number.NaN }], 'orders[0].order', /was NaN/],
  ])('is named with bar and field when it %s', (_, answer, field, message) => {
    const error = errorOf(answering(answer));

    expect(error).toBeInstanceOf(StrategyError);
    expect(error).toMatchObject({ strategy: 'strategies/trend.ts', time: dayAt(1), field });
    expect(String(error)).toMatch(/StrategyError: strategies\/trend\.ts, bar 2012-01-03: /);
    expect(String(error)).toMatch(message);
  });

  it('is named with its bar when it throws, and the cause is kept', () => {
    const cause = new TypeError('cannot read close of undefined');
    const options = quietOptions({
      strategy: 'strategies/trend.ts',
      decide: () => {
        throw cause;
      },
    });

    expect(errorOf(options)).toMatchObject({ field: 'decide', time: dayAt(0), cause });
    expect(() => runPortfolio(options)).toThrow(
      'strategies/trend.ts, bar 2012-01-02: decide must not throw, threw TypeError: cannot read close of undefined',
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['wants NaN', { targets: { alpha: Number.NaN } }, /targets\.alpha must be finite, was NaN/],
    [
      'wants what nobody knows',
      { targets: { delta: 1 } },
      /targets must be one of alpha, was delta/,
    ],
    ['wants nothing at all', {}, /targets must be units by instrument, was undefined/],
  ])('is named by its sleeve when it %s', (_, answer, message) => {
    const sleeves: PortfolioSleeve[] = [
      { sleeveId: 'good', decide: () => ({ targets: {} }) },
      { sleeveId: 'bad', decide: () => answer as SleeveDecision },
    ];
    const state = openPortfolio(10_000, { sleeves: ['good', 'bad'] });
    const error = errorOf(quietOptions({ sleeves, state }));

    expect(String(error)).toMatch(/StrategyError: sleeve bad, bar 2012-01-02: /);
    expect(String(error)).toMatch(message);
  });
});

describe('a warm-up', () => {
  it('ends before the strategy is asked', () => {
    const asked: string[] = [];
    const decide = ({ time }: { time: string }) => {
      asked.push(time);
      return [];
    };
    runPortfolio(quietOptions({ warmUpBars: 2, decide }));

    expect(asked).toEqual([dayAt(2)]);
  });

  it('longer than the data is refused by name', () => {
    const options = quietOptions({ strategy: 'strategies/trend.ts', warmUpBars: 3 });

    expect(() => runPortfolio(options)).toThrow(
      /strategies\/trend\.ts: warmUpBars must be less than the 3 bars up to 2012-01-04, was 3\. Give more bars/,
    );
    expect(() => runPortfolio({ ...options, isPartial: true })).not.toThrow();
  });

  it('counts the bars of the runs before', () => {
    const asked: string[] = [];
    const options = quietOptions({
      warmUpBars: 2,
      decide: ({ time }) => {
        asked.push(time);
        return [];
      },
    });
    const first = runPortfolio({ ...options, bars: options.bars.slice(0, 1), isPartial: true });
    runPortfolio({ ...options, bars: options.bars.slice(1), state: first.state });

    expect(asked).toEqual([dayAt(2)]);
  });
});

describe('input that cannot be walked', () => {
  const bar = quietBar(dayAt(0), 100);
  const at = (over: Partial<typeof bar>) => [
    { time: dayAt(0), bars: { alpha: { ...bar, ...over } } },
  ];

  it.each<[string, Partial<PortfolioOptions>, RegExp]>([
    [
      'a close that is NaN',
      { bars: at({ close: Number.NaN }) },
      /bar 2012-01-02 of alpha: close must be finite and > 0, was NaN/,
    ],
    ['a high below the open', { bars: at({ high: 50 }) }, /of alpha: high must be at least/],
    ['a negative volume', { bars: at({ volume: -1 }) }, /of alpha: volume must be finite and >= 0/],
    ['a bar of another time', { bars: at({ time: '2013' }) }, /time must be 2012-01-02, was 2013/],
    ['a bar at no time', { bars: [{ time: 'now', bars: {} }] }, /must be a day or an instant.*now/],
    [
      'a bar of an unknown instrument',
      { bars: quietDays({ beta: 1 }) },
      /bar 2012-01-02: instrumentId must be one of alpha, was beta/,
    ],
    [
      'a split in no ratio',
      { actions: [{ kind: 'split', time: dayAt(1), instrumentId: 'alpha', ratio: 0 }] },
      /actions\[0\]: ratio of alpha at 2012-01-03 must be finite and > 0, was 0/,
    ],
    [
      'a dividend of what nobody knows',
      { actions: [{ kind: 'dividend', time: dayAt(1), instrumentId: 'beta', perUnit: 1 }] },
      /actions\[0\]: instrumentId must be one of alpha, was beta/,
    ],
    [
      'actions that are not in order',
      {
        actions: [dayAt(2), dayAt(1)].map((time) => ({
          kind: 'dividend' as const,
          time,
          instrumentId: 'alpha',
          perUnit: 1,
        })),
      },
      /actions\[1\]: time must be 2012-01-04 or later, was 2012-01-03. Sort actions by time/,
    ],
    [
      'a roll of no chain',
      { actions: [{ kind: 'roll', time: dayAt(1), chainId: 'oil', to: 'alpha' }] },
      /actions\[0\]: chainId must be one of .*, was oil/,
    ],
    [
      'an instrument that costs NaN',
      { instruments: [costless('alpha', { feeBps: Number.NaN })] },
      /instrument alpha: feeBps must be finite and >= 0, was NaN/,
    ],
    [
      'one id for two instruments',
      { instruments: [costless('alpha'), costless('alpha')] },
      /must have ids of their own, was alpha twice/,
    ],
    [
      'sleeves that the portfolio was not opened with',
      { sleeves: [{ sleeveId: 'one', decide: () => ({ targets: {} }) }] },
      /sleeves must be those of the state, in its order: none, was one/,
    ],
    [
      'a state with what is not among the instruments',
      { state: { ...openPortfolio(1), units: { beta: 1n } } },
      /state: instrumentId must be one of alpha, was beta/,
    ],
  ])('is %s', (_, over, message) => {
    const error = errorOf(quietOptions(over));

    expect(error).toBeInstanceOf(PreconditionError);
    expect(String(error)).toMatch(message);
  });

  it('is a run with nobody to decide, or with two', () => {
    const { decide: _, ...options } = quietOptions();

    expect(() => runPortfolio(options)).toThrow(/either decide or sleeves, was neither/);
    expect(() => runPortfolio(quietOptions({ sleeves: [], decide: () => [] }))).toThrow(/was both/);
  });

  it.each(['', '{}', '{"format":"portfolio-0","state":{}}'])('is the text %j', (text) => {
    expect(() => portfolioFromText(text)).toThrow(PreconditionError);
  });
});
