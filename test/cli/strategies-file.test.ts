import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStrategiesFile } from '../../cli/strategies-file.ts';
import { packagePath } from '../../cli/package-path.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const GOOD = `# a comment
strategies:
  - id: one
    implementation: rsi-macd
    feed: { kind: csv, path: prices/spx.csv }
    instrument: { id: spx }
    initialCash: 1000
    schedule:
      every: 12h
      from: 2012-01-01
  - id: two
    implementation: rsi-macd
    feed: { kind: csv, path: prices/spx.csv }
    instrument: { id: spx }
`;

describe('readStrategiesFile', () => {
  let folder: string;
  let path: string;

  beforeAll(async () => {
    folder = await scratchDirectory('settings');
    path = join(folder, 'strategies.yaml');
  });

  async function read(text: string) {
    await writeFile(path, text);
    return readStrategiesFile(path);
  }

  /** The error of a file, with the file's own path left out. */
  async function refusal(text: string): Promise<string> {
    const error = await read(text).then(
      () => new Error('it was taken'),
      (thrown: unknown) => thrown as Error,
    );
    return error.message.replaceAll(`${path}:`, '');
  }

  it('reads what it says, with paths from its own folder', async () => {
    const { wanted, lineOf } = await read(GOOD);

    expect(wanted.map(({ settings }) => settings.strategyId)).toEqual(['one', 'two']);
    expect(wanted[0]?.settings.feed).toEqual({ kind: 'csv', path: join(folder, 'prices/spx.csv') });
    expect(wanted[0]?.schedule).toMatchObject({ every: '12h', window: '1d', overlap: 'skip' });
    expect(lineOf(['strategies', 0, 'initialCash'])).toBe(7);
    expect(lineOf(['strategies', 1, 'instrument', 'id'])).toBe(14);
  });

  it.each([
    [
      'instrument: { id: spx }',
      'instrument: { id: spx, calendar: NYXE }',
      'calendar must be one of NYSE, BSE, NSE, XBOM, XNSE, XNYS, was "NYXE"; did you mean "NYSE"?',
    ],
    ['initialCash: 1000', 'initialCash: -5', '7: strategies.0.initialCash must be > 0, was -5'],
    [
      'initialCash:',
      'inicialCash:',
      '7: unknown field strategies.0.inicialCash. Did you mean initialCash?',
    ],
    ['every: 12h', 'evry: 12h', '9: unknown field strategies.0.schedule.evry. Did you mean every?'],
    ['every: 12h', 'every: often', '9: strategies.0.schedule.every: must be a number and its unit'],
    [
      'every: 12h',
      'every: 5',
      '9: strategies.0.schedule.every: must be a number and its unit, minutes, hours or days: 30m, 12h, 1d, was 5',
    ],
    [
      'every: 12h',
      "cron: '30 2 31 2 *'",
      '9: strategies.0.schedule.cron: never happens: no month of "2" has a day "31"; choose a day that there is, was "30 2 31 2 *"',
    ],
    [
      'every: 12h',
      "cron: '99 2 * * *'",
      '9: strategies.0.schedule.cron: minute must be from 0 to 59, not 99, was "99 2 * * *"',
    ],
    [
      'every: 12h',
      'every: 12h\n      window: 5',
      '10: strategies.0.schedule.window: must be a number',
    ],
    [
      '    initialCash: 1000',
      '    initialCash: 1000\n    holdoutBars: 2000',
      'holdoutBars: must be at most 907, so that 101 of the 1008 trainBars are left to train on, was 2000',
    ],
    [
      '    initialCash: 1000',
      '    jobs: { stages: { train: { memoryMib: 2048 } } }',
      '7: unknown field strategies.0.jobs.stages.train. Did you mean retrain?',
    ],
    [
      '    initialCash: 1000',
      '    jobs: { stages: { retrain: { memoryMiB: 2048 } } }',
      '7: unknown field strategies.0.jobs.stages.retrain.memoryMiB. Did you mean memoryMib?',
    ],
    [
      '    initialCash: 1000',
      '    retrain: sometimes',
      '7: strategies.0.retrain: must be every-cycle, never or bars between, such as { everyBars: 63 }, was "sometimes"',
    ],
    [
      '    initialCash: 1000',
      '    jobs: { searchParts: 65 }',
      '7: strategies.0.jobs.searchParts must be <= 64, was 65',
    ],
    ['strategies:', 'strategies: &a [*a]\nother:', '2: '],
    [
      'from: 2012-01-01',
      'from: 2012-02-30',
      '10: strategies.0.schedule.from must be a day that exists, as YYYY-MM-DD, was "2012-02-30" (entry one)',
    ],
    ['  - id: two', '  - id: one', '11: strategies.1.id must be unique, was one again'],
    ['strategies:', 'strategy:', '2: unknown field strategy. Did you mean strategies?'],
    ['    initialCash: 1000', '   initialCash: 1000', '7: '],
    [
      '    initialCash: 1000',
      '    initialCash: 1\n    initialCash: 2',
      '8: Map keys must be unique',
    ],
  ])('says for %j as %j where and what is wrong', async (was, now, expected) => {
    const message = await refusal(GOOD.replace(was, now));

    expect(message).toContain(expected);
    expect(message).toContain('nothing was changed');
  });

  it('tells every problem at once', async () => {
    const text = GOOD.replace('initialCash: 1000', 'initialCash: -5').replace('12h', 'often');

    expect((await refusal(text)).split('\n')).toHaveLength(3);
  });

  it('tells of two wrong fields of one entry, whichever check finds them', async () => {
    const text = GOOD.replace('initialCash: 1000', 'initialCash: -5').replace(
      '{ id: spx }',
      '{ id: spx, calendar: NYZE }',
    );
    await writeFile(path, text);

    const seen: unknown[] = [];
    const refused = readStrategiesFile(path, (entries) => {
      seen.push(...entries.map(({ settings }) => [settings.implementation, settings.feed]));
      const told = ['initialCash', 'owner'].map((field) => ['strategies', 0, field]);
      return Promise.resolve(told.map((at) => ({ path: at, text: `more of ${at.join('.')}` })));
    });

    await expect(refused).rejects.toThrow(/initialCash must be > 0[^]*calendar must be[^]*\.owner/);
    await expect(refused).rejects.not.toThrow('more of strategies.0.initialCash');
    const feed = { kind: 'csv', path: join(folder, 'prices/spx.csv') };
    expect(seen).toEqual([
      ['rsi-macd', feed],
      ['rsi-macd', feed],
    ]);
  });

  it('leaves out what cannot be read when it hands an entry to other checks', async () => {
    const seen: unknown[] = [];
    await writeFile(path, 'strategies: [{ id: A b, implementation: 3, feed: none }, 5]');
    const refused = readStrategiesFile(path, (entries) => {
      seen.push(...entries.map(({ settings: { implementation, feed } }) => [implementation, feed]));
      return Promise.resolve([]);
    });

    await expect(refused).rejects.toThrow(/strategies\.0\.id[^]*strategies\.1 must be/);
    expect(seen).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('refuses one series that two strategies feed differently', async () => {
    const at = GOOD.lastIndexOf('prices/spx.csv');
    const text = `${GOOD.slice(0, at)}other.csv }${GOOD.slice(at + 'prices/spx.csv }'.length)}`;

    expect(await refusal(text)).toMatch(/^13: series spx-1d must be described in one way/);
  });

  it('takes two names of one exchange for one', async () => {
    const at = GOOD.lastIndexOf('{ id: spx }');
    const text = `${GOOD.slice(0, at)}{ id: spx, calendar: XNYS }${GOOD.slice(at + '{ id: spx }'.length)}`;

    expect((await read(text)).wanted).toHaveLength(2);
    expect(await refusal(text.replace('XNYS', 'XBOM'))).toContain(
      'instrument spx must be described in one way, two says {"id":"spx"',
    );
  });

  it('reads an empty file as one that is not a settings file', async () => {
    expect(await refusal('')).toContain('strategies must be of type array, was missing');
  });

  it('takes the example for people who come from Argo, which its page shows in full', async () => {
    const path = packagePath('examples/from-argo.yaml');

    const { wanted } = await readStrategiesFile(path);

    expect(wanted.map(({ settings }) => settings.strategyId)).toEqual(['rsi-macd-spx']);
    const lines = (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(await readFile(packagePath('docs/migrating-from-argo.md'), 'utf8')).toContain(
      lines.join('\n').trim(),
    );
  });

  it('takes the example', async () => {
    const { wanted } = await readStrategiesFile(packagePath('examples/strategies.yaml'));

    expect(wanted.map(({ settings }) => settings.strategyId)).toEqual([
      'rsi-macd-spx',
      'rsi-macd-careful',
      'hold-sp500-2000',
    ]);
  });
});
