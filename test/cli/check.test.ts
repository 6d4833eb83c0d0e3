import { CheckResult } from '../../schemas/jobs/check.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import { strategyLoop } from '../support/command.ts';
import { ROOT } from '../support/repository.ts';

const FUTURE = `${ROOT}/test/fixtures/futures/synthetic.csv`;
const SP500 = `${ROOT}/node_modules/vega-datasets/data/sp500-2000.csv`;

describe('strategy-loop check', () => {
  it('proves that a strategy does not look ahead', async () => {
    const { exitCode, document } = await strategyLoop(
      ...['check', 'look-ahead', 'rsi-macd', '--rows', '20', '--json'],
    );

    expect(exitCode).toBe(0);
    expect(CheckResult.parse(document)).toMatchObject({ passed: true, fromRow: 250, rows: 20 });
  });

  it('tells people what it found, and ends with 1 where the warm-up is too short', async () => {
    // Two averages that need 4 × 64 bars, declared with a slow span that has no weight in it.
    const rule = { fast: 16, slow: 64, scalar: 3.75, weight: 1 };
    const parameters = {
      rules: [rule],
      carry: {},
      targetVolatility: 0.2,
      capital: 1_000_000,
      pointValue: 50,
      volatility: { span: 1000, floorMinPeriods: 1 },
    };
    const words = ['--params', JSON.stringify(parameters)];

    const good = await strategyLoop('check', 'warm-up', 'rsi-macd');
    const bad = await strategyLoop('check', 'warm-up', 'ewmac-carry', ...words, '--json');

    expect(good).toMatchObject({ exitCode: 0 });
    expect(good.stdout).toContain('rsi-macd: warm-up passed');
    expect(bad).toMatchObject({ exitCode: 1, document: { passed: false, error: { exitCode: 1 } } });
  });

  it.each(STRATEGIES.map(({ id }) => id))(
    'finds byte-identical decisions of %s in sweep, engine, resumed engine and on threads',
    async (strategyId) => {
      const { exitCode, document } = await strategyLoop(
        ...['check', 'parity', strategyId, '--threads', '1,2', '--rows', '300', '--json'],
      );

      const result = CheckResult.parse(document);
      expect(result).toMatchObject({ passed: true, differences: [] });
      expect(exitCode).toBe(0);
      expect(result.runs).toEqual(
        expect.arrayContaining(['sweep', 'sweep on 1 thread', 'sweep on 2 threads']),
      );
      expect(result.logSha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  const WITH_CARRY = ['ewmac-carry', '--params', '{"carry":{"weight":0.5}}', '--sets', '1'];

  it('checks on the rows of a price file', async () => {
    const { stdout } = await strategyLoop(
      ...['check', 'parity', ...WITH_CARRY, '--threads', '1', '--data', FUTURE],
    );

    expect(stdout).toContain('ewmac-carry: parity passed, 10 runs against the engine over 900');
  });

  it.each([
    [['parity', ...WITH_CARRY, '--data', SP500], 'must have the columns price, price_contract'],
    [['warm-up', 'ewmac-carry', '--data', FUTURE], 'synthetic.csv must have at least 2248 rows'],
    [['look-ahead', 'rsi-macd', '--data', '/nowhere.csv'], '--data must name a file'],
  ])('refuses a price file that does not do: %j', async (words, message) => {
    const { exitCode, stderr } = await strategyLoop('check', ...words);

    expect(stderr).toContain(message);
    expect(exitCode).toBe(65);
  });

  it.each([
    [['rsi-mcad'], 'was "rsi-mcad". Did you mean rsi-macd?'],
    [['rsi-macd', '--params', '{"rsiPeriod":1}'], 'rsiPeriod must be >= 2, was 1'],
    [['rsi-macd', '--params', '[1]'], '--params must be a JSON object'],
    [['rsi-macd', '--params', '{'], '--params must be a JSON object'],
  ])('refuses %j', async (words, message) => {
    const result = await strategyLoop('check', 'look-ahead', ...words, '--json');

    expect(result).toMatchObject({ exitCode: 65, document: { error: { exitCode: 65 } } });
    expect(result.stderr).toContain(message);
  });
});
