import { CheckResult } from '../../schemas/jobs/check.ts';
import { strategyLoop } from '../support/command.ts';

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
