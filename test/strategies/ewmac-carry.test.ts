import { barSeries } from '../../engine/bar-series.ts';
import { xoshiro } from '../../engine/random.ts';
import { openAccount } from '../../engine/walk.ts';
import { walkRelease } from '../../jobs/host/walk-release.ts';
import { strategyById } from '../../strategies/registry.ts';
import { randomBars } from '../support/bars.ts';

const ewmacCarry = strategyById('ewmac-carry');
const { defaultParameters } = ewmacCarry;

describe('parameters of ewmac-carry', () => {
  it('are filled in as the futures chapter has them', () => {
    const { carry, volatility, buffer, rules } = ewmacCarry.bind({
      rules: [{ fast: 16, slow: 64, scalar: 3.75, weight: 1 }],
      carry: {},
      targetVolatility: 0.2,
      capital: 1_000_000,
      pointValue: 50,
    }).parameters;

    expect(rules).toHaveLength(1);
    expect(carry).toEqual({ scalar: 30, weight: 0, smoothingCom: 90 });
    expect(volatility).toMatchObject({ span: 35, minPeriods: 10, floorQuantile: 0.05 });
    expect(buffer).toMatchObject({ fraction: 0.1, method: 'forecast', tradeTo: 'edge' });
  });

  it.each([
    [{ rules: [] }, 'rules must be >= 1'],
    [{ rules: [{ fast: 64, slow: 16, scalar: 1, weight: 1 }] }, 'rules.0.fast: must be smaller'],
    [{ rules: [{ fast: 2, slow: 8, scalar: 1, weight: 0 }] }, 'must have a weight above 0'],
    [{ buffer: { method: 'guess' } }, 'buffer.method must be one of forecast, position'],
    [{ volatility: { spam: 35 } }, 'unknown field spam in volatility'],
    [{ capitol: 1 }, 'Did you mean capital?'],
    // Would notice the names of the whole set, which are none of an object within it.
    [{ volatility: { spam: 35 } }, 'Known in volatility: span, minPeriods'],
    [
      { rules: [{ fasst: 2, slow: 8, scalar: 1, weight: 1 }] },
      'Known in rules.0: fast, slow, scalar, weight. Did you mean fast?',
    ],
  ])('are refused when %j is wrong', (change, message) => {
    expect(() => ewmacCarry.bind({ ...defaultParameters, ...change })).toThrow(message);
  });

  it('are all valid when they are drawn for a search, and not all the same', () => {
    const random = xoshiro(8);
    const drawn = Array.from({ length: 200 }, () => ewmacCarry.sample?.(random));

    expect(drawn.every((each) => ewmacCarry.parameters.safeParse(each).success)).toBe(true);
    expect(new Set(drawn.map((each) => JSON.stringify(each))).size).toBeGreaterThan(10);
  });
});

const bars = randomBars(1500, 6);

describe('decide of ewmac-carry', () => {
  const decideAt = ewmacCarry.bind(defaultParameters).prepare(barSeries(bars));
  const answers = bars.map((_, index) => decideAt({ index, prediction: null, held: 0 }, {}));

  it('has an undefined forecast before the volatility has one', () => {
    expect(answers.findIndex(({ forecast }) => !Number.isNaN(forecast))).toBe(10);
  });

  it('holds contracts on either side, within the buffer around its position', () => {
    const warm = answers.slice(1024);

    expect(warm.some(({ target }) => target > 0)).toBe(true);
    expect(warm.some(({ target }) => target < 0)).toBe(true);
    // Asked while flat, it goes to the near edge: never past the position, never to the other side.
    const against = warm.filter(({ forecast, target }) => forecast * target < 0);
    expect(against).toEqual([]);
  });

  it('stays where it is within the buffer', () => {
    const [index, at] = [1400, answers[1400]?.target ?? 0];
    const inside = at + Math.sign(at) * 1e-6;

    expect(decideAt({ index, prediction: null, held: inside }, {}).target).toBe(inside);
    expect(decideAt({ index, prediction: null, held: 100 * at }, {}).target).not.toBe(100 * at);
  });
});

describe('a loop', () => {
  it('refuses to walk a strategy that trades futures', async () => {
    const release = {
      releaseId: 'a'.repeat(64),
      strategyId: 'ewmac-carry',
      parameters: defaultParameters,
      featureSpec: { names: [], warmUpBars: 0 },
      modelBytes: null,
    };

    await expect(
      walkRelease({
        bars,
        window: { fromIndex: 1100, toIndex: 1200 },
        release,
        account: openAccount(1000),
        costModel: { feeBps: 1, halfSpreadBps: 1 },
      }),
    ).rejects.toThrow('was one that trades a futures account. Run it by "strategy-loop backtest"');
  });
});
