import { checkInstalled } from '../../cli/apply-checks.ts';
import { expandEntries, StrategiesFile } from '../../schemas/strategies-file.ts';
import type { StrategyDescription } from '../../schemas/settings.ts';

function described(strategyId: string, account: StrategyDescription['account']) {
  return {
    ...{ strategyId, account, title: strategyId, description: '', trainerJob: 'retrain/search' },
    ...{ sourceSha256: '', parameterSchema: {}, defaultTrainer: {}, defaultParameters: {} },
    trainerSchema: { type: 'object', properties: {}, additionalProperties: false },
  } as StrategyDescription;
}

describe('checkInstalled', () => {
  it('refuses a strategy that trades futures, and says where it runs', async () => {
    const file = StrategiesFile.parse({
      strategies: ['ewmac-carry', 'rsi-macd'].map((implementation) => ({
        id: `my-${implementation}`,
        implementation,
        feed: { kind: 'vega-datasets' },
        instrument: { id: `of-${implementation}` },
      })),
    });
    const installed = [described('ewmac-carry', 'futures'), described('rsi-macd', 'share')];

    expect(await checkInstalled(expandEntries(file), installed)).toEqual([
      {
        path: ['strategies', 0, 'implementation'],
        text: expect.stringContaining(
          'must hold a share of its account, was ewmac-carry, which trades a futures account',
        ),
      },
    ]);
  });

  it('refuses a search in parts where nothing is searched', async () => {
    const file = StrategiesFile.parse({
      strategies: [
        {
          id: 'my-forecast',
          implementation: 'ml-forecast',
          feed: { kind: 'vega-datasets' },
          instrument: { id: 'spx' },
          jobs: { searchParts: 2 },
        },
      ],
    });
    const trained = { ...described('ml-forecast', 'share'), trainerJob: 'retrain/train' as const };

    expect(await checkInstalled(expandEntries(file), [trained])).toEqual([
      {
        path: ['strategies', 0, 'jobs', 'searchParts'],
        text: expect.stringMatching(/must be 1 or left out, was 2: ml-forecast trains with/),
      },
    ]);
  });

  it('names a price file that is not there beside a strategy that is not installed', async () => {
    const settings = {
      implementation: 'rsi-mcad',
      feed: { kind: 'csv', path: '/nowhere/prices.csv' },
      trainer: { any: 1 },
    } as const;

    const problems = await checkInstalled(
      [{ entry: 3, settings }],
      [described('rsi-macd', 'share')],
    );

    expect(problems.map(({ path }) => path.slice(2))).toEqual([
      ['implementation'],
      ['feed', 'path'],
    ]);
    expect(problems[0]?.text).toContain('Did you mean rsi-macd?');
  });
});
