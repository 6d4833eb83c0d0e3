import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findStrategy, listStrategies } from '../../jobs/host/find-strategy.ts';
import { exportedStrategies } from '../../jobs/host/load-strategy.ts';
import { strategyHash } from '../../jobs/host/strategy-hash.ts';
import { strategyPlaces } from '../../cli/strategy-places.ts';
import { isStrategyPath } from '../../schemas/strategy-path.ts';
import { defineStrategy, z, type UserRules } from '../../strategies/index.ts';
import { strategyById } from '../../strategies/registry.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const RULES: UserRules<{ days: number }> = {
  id: 'mine',
  title: 'Mine',
  description: 'Holds.',
  parameters: z.strictObject({ days: z.int().min(2) }),
  defaultParameters: { days: 3 },
  warmUpBars: ({ days }) => days,
  decide: (_, state) => ({ forecast: 1, target: 1, state }),
};

const broken = (over: object) => () => defineStrategy({ ...RULES, ...over });

describe('defineStrategy', () => {
  it('fills in the rules that most strategies do not need', () => {
    const bound = defineStrategy(RULES).bind({ days: 7 });

    expect(bound).toMatchObject({
      warmUpBars: 7,
      initialState: {},
      featureSpec: { names: [], warmUpBars: 0 },
    });
  });

  it.each<[string, object, RegExp]>([
    ['a rule that is missing', { decide: undefined }, /decide: must be a function, was missing/],
    ['a misspelt rule', { warmupBars: 3 }, /unknown field warmupBars.*Did you mean warmUpBars\?/],
    ['an id that is no name', { id: 'My One' }, /id: must be 1 to 63 of a-z/],
    ['parameters of another kind', { parameters: {} }, /parameters: must be a zod 4 object/],
    [
      'defaults that break the schema',
      { defaultParameters: { days: 1 } },
      /days must be >= 2, was 1/,
    ],
    ['a warm-up that is no count', { warmUpBars: () => 2.5 }, /warmUpBars must answer a whole/],
    ['a warm-up that is no number', { warmUpBars: () => Number.NaN }, /bars >= 0, was NaN\./],
  ])('refuses %s', (_, over, message) => {
    expect(broken(over)).toThrow(message);
  });
});

describe('exportedStrategies', () => {
  const strategy = defineStrategy(RULES);

  it('takes a strategy under any name, and once when it has two', () => {
    expect(exportedStrategies({ a: 1, mine: strategy, default: strategy }, 'x.ts')).toEqual([
      strategy,
    ]);
  });

  it.each<[string, object, RegExp]>([
    ['nothing', {}, /x\.ts must export a strategy, exported nothing/],
    ['something else', { a: 1 }, /exported a \(number\).*defineStrategy/],
    ['bare rules', { mine: RULES }, /export mine must be made by defineStrategy/],
  ])('refuses %s', (_, namespace, message) => {
    expect(() => exportedStrategies(namespace, 'x.ts')).toThrow(message);
  });
});

describe('findStrategy', () => {
  it('never loads a file where only installed strategies may run', async () => {
    await expect(findStrategy('./mine.ts', null, '--strategy')).rejects.toThrow(
      /must be the id of an installed strategy, was the path \.\/mine\.ts/,
    );
  });

  it('finds installed strategies by their id without looking anywhere', async () => {
    const places = { directory: '/nowhere', entries: ['./gone'] };

    expect(await findStrategy('rsi-macd', places, '--strategy')).toEqual({
      strategy: strategyById('rsi-macd'),
      source: null,
    });
  });

  it('says what could not be loaded when an id is unknown', async () => {
    const places = { directory: '/nowhere', entries: ['./gone'] };

    await expect(findStrategy('rsi-mcad', places, '--strategy')).rejects.toThrow(
      /Did you mean rsi-macd\? Not loaded: .*\/nowhere\/gone cannot be read \(ENOENT\)/,
    );
  });

  it('calls an unknown strategy by what a person has filled in', async () => {
    await expect(findStrategy('rsi-mcad', null, '--strategy')).rejects.toThrow(
      /^--strategy must be one of .* was "rsi-mcad"\. Did you mean rsi-macd\?$/,
    );
    await expect(findStrategy('rsi-mcad', null, '<strategy>')).rejects.toThrow(/^<strategy> must/);
  });

  it('lists installed strategies when there is no place', async () => {
    const { found, problems } = await listStrategies(null);

    expect(found.map(({ strategy }) => strategy.id)).toContain('buy-and-hold');
    expect(problems).toEqual([]);
  });
});

describe('isStrategyPath', () => {
  it.each(['./a', '../a.ts', '/a/b.js', '~/a.ts', 'a.ts', 'a/b.mjs'])('takes %s', (text) => {
    expect(isStrategyPath(text)).toBe(true);
  });

  it.each(['rsi-macd', 'a', 'jsts'])('does not take %s', (text) => {
    expect(isStrategyPath(text)).toBe(false);
  });
});

describe('strategyHash', () => {
  let directory = '';
  const hashOf = (name: string) =>
    strategyHash({
      strategy: defineStrategy(RULES),
      source: { kind: 'file', path: join(directory, name) },
    });

  beforeEach(async () => {
    directory = await scratchDirectory('hash');
    writeFileSync(join(directory, 'a.ts'), "import { x } from './part.js';\n");
    writeFileSync(join(directory, 'part.ts'), 'export const x = 1;\n');
    writeFileSync(join(directory, 'other.ts'), 'export const y = 1;\n');
  });

  it('changes with every file that the strategy imports, and with no other', () => {
    const before = hashOf('a.ts');
    writeFileSync(join(directory, 'other.ts'), 'export const y = 2;\n');
    const same = hashOf('a.ts');
    writeFileSync(join(directory, 'part.ts'), 'export const x = 2;\n');

    expect(same).toBe(before);
    expect(hashOf('a.ts')).not.toBe(before);
  });

  it('does not change with the line ends of a system', () => {
    const before = hashOf('a.ts');
    writeFileSync(join(directory, 'part.ts'), 'export const x = 1;\r\n');

    expect(hashOf('a.ts')).toBe(before);
  });
});

describe('strategyPlaces', () => {
  it('are what the nearest package.json says, from its own folder', async () => {
    const directory = await scratchDirectory('places');
    const inner = join(directory, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(directory, 'a', 'package.json'), '{"name":"silent"}');
    writeFileSync(join(directory, 'package.json'), '{"strategy-loop":{"strategies":["./s","p"]}}');

    expect(strategyPlaces(inner)).toEqual({ directory, entries: ['./s', 'p'] });
  });

  it('are the folder strategies when there is one', async () => {
    const directory = await scratchDirectory('places');

    expect(strategyPlaces(directory).entries).toEqual([]);
    mkdirSync(join(directory, 'strategies'));
    expect(strategyPlaces(directory)).toEqual({ directory, entries: ['./strategies'] });
  });

  it('are not our own sources', () => {
    expect(strategyPlaces(process.cwd()).entries).toEqual([]);
  });

  it('are refused when package.json names them in a wrong way', async () => {
    const directory = await scratchDirectory('places');
    writeFileSync(join(directory, 'package.json'), '{"strategy-loop":{"strategies":"./s"}}');

    expect(() => strategyPlaces(directory)).toThrow(
      /strategies must be of type array, was "\.\/s"/,
    );
  });
});
