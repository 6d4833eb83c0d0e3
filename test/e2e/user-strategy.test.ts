import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MARKETS } from '../support/golden-backtests.ts';
import { strategyLoopIn } from '../support/command.ts';
import { ROOT } from '../support/repository.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** The worked example of docs/strategies.md. */
const EXAMPLE =
  [...readFileSync(join(ROOT, 'docs/strategies.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)]
    .map(([, text]) => text ?? '')
    .find((text) => text.includes("id: 'breakout'")) ?? '';

const DATA = ['--data', MARKETS.sp500, '--fee-bps', '1'] as const;

/** Several processes in turn take minutes on a machine that is at work. */
const SLOW_MS = 600_000;

describe('the strategy that docs/strategies.md shows', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await scratchDirectory('user');
    mkdirSync(join(directory, 'strategies'));
    writeFileSync(join(directory, 'strategies', 'breakout.ts'), EXAMPLE);
    writeFileSync(join(directory, 'sets.json'), '[{"days":20},{},{"days":100}]');
  });

  it(
    'is found, shown with its hash, and keeps the contract',
    async () => {
      const list = await strategyLoopIn(directory, 'strategy', 'list', '--json');
      const shown = await strategyLoopIn(directory, 'strategy', 'show', 'breakout');
      const tested = await strategyLoopIn(directory, 'strategy', 'test', 'breakout');

      const path = join(directory, 'strategies', 'breakout.ts');
      expect(list.document).toMatchObject({
        strategies: expect.arrayContaining([
          expect.objectContaining({ strategyId: 'rsi-macd', source: null }),
          expect.objectContaining({
            strategyId: 'breakout',
            source: path,
            sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          }),
        ]),
        problems: [],
      });
      expect(shown.stdout).toMatch(/days\s+50\s+integer 5 to 250/);
      const promises = /```text\nbreakout, [^\n]*\n(.*?)```/s.exec(
        readFileSync(join(ROOT, 'docs/strategies.md'), 'utf8'),
      )?.[1];
      expect(tested.stdout).toBe(`breakout, ${path}\n${promises ?? ''}`);
      expect(tested.exitCode).toBe(0);
    },
    SLOW_MS,
  );

  it(
    'is checked and back-tested by id and by path, and sweeps on threads as it back-tests',
    async () => {
      const check = await strategyLoopIn(
        ...[directory, 'check', 'look-ahead', './strategies/breakout.ts', '--rows', '20'],
      );
      const run = (strategy: string) =>
        strategyLoopIn(directory, 'backtest', '--strategy', strategy, ...DATA, '--json');
      const [byId, byPath] = [await run('breakout'), await run('./strategies/breakout.ts')];
      const words = ['sweep', '--strategy', 'breakout', '--params-file', 'sets.json'];
      const swept = await strategyLoopIn(directory, ...words, ...DATA, '--threads', '2', '--json');

      expect(check).toMatchObject({ exitCode: 0 });
      expect(byId.exitCode).toBe(0);
      expect(byPath.stdout).toBe(byId.stdout);
      const { finalEquity } = byId.document as { finalEquity: number };
      expect(swept.document).toMatchObject([{}, { params: {}, finalEquity }, {}]);
    },
    SLOW_MS,
  );

  it(
    'is typed: the compiler takes it, and finds a misspelt feature',
    async () => {
      mkdirSync(join(directory, 'node_modules'));
      symlinkSync(ROOT, join(directory, 'node_modules', 'strategy-loop'));
      writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(directory, 'wrong.ts'),
        EXAMPLE.replace('close, high },', 'close, hihg },'),
      );
      const compile = (file: string) => {
        const compilerOptions = {
          ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023' },
          ...{ skipLibCheck: true, types: [] },
        };
        const settings = { compilerOptions, files: [file] };
        writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
        const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
        return runCommand([process.execPath, compiler, '-p', directory]);
      };

      const right = await compile('strategies/breakout.ts');
      const wrong = await compile('wrong.ts');

      expect(right.stdout).toBe('');
      expect(wrong.stdout).toContain("Property 'hihg' does not exist");
    },
    SLOW_MS,
  );

  it(
    'is refused by commands of the loop, which say where it works',
    async () => {
      const { exitCode, stderr } = await strategyLoopIn(
        ...[directory, 'replay', '--strategy', './strategies/breakout.ts'],
      );

      expect(exitCode).toBe(65);
      expect(stderr).toMatch(/was the path \.\/strategies\/breakout\.ts.*backtest, sweep, check/);
    },
    SLOW_MS,
  );

  it(
    'is refused by containers, which run what their image has',
    async () => {
      const words = ['backtest', '--strategy', './strategies/breakout.ts', ...DATA];
      const { exitCode, stderr } = await strategyLoopIn(
        ...[directory, ...words, '--launcher', 'docker', '--image', 'x'],
      );

      expect(exitCode).toBe(65);
      expect(stderr).toContain('must be an installed strategy with --launcher docker');
    },
    SLOW_MS,
  );
});

describe('strategies of a package', () => {
  it(
    'are found through package.json, and one that is at fault hides no other',
    async () => {
      const directory = await scratchDirectory('package');
      const folder = join(directory, 'node_modules', 'our-strategies');
      mkdirSync(folder, { recursive: true });
      const manifest = { name: 'our-strategies', type: 'module', exports: './index.js' };
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      writeFileSync(
        join(folder, 'index.js'),
        EXAMPLE.replace('breakout =', 'one =') +
          EXAMPLE.replace(/^import.*$/gm, '')
            .replace("id: 'breakout'", "id: 'rsi-macd'")
            .replace('breakout =', 'two ='),
      );
      writeFileSync(
        join(directory, 'package.json'),
        '{"strategy-loop":{"strategies":["our-strategies","./broken.js"]}}',
      );
      writeFileSync(
        join(directory, 'broken.js'),
        'export const a = 1;\nthrow new Error("no luck");\n',
      );

      const list = await strategyLoopIn(directory, 'strategy', 'list', '--json');
      const sets = join(directory, 'sets.json');
      writeFileSync(sets, '[{},{"days":20}]');
      const words = ['sweep', '--strategy', 'breakout', '--params-file', sets];
      const swept = await strategyLoopIn(directory, ...words, ...DATA, '--json');

      expect(list.document).toMatchObject({
        strategies: expect.arrayContaining([
          expect.objectContaining({ strategyId: 'breakout', source: 'package our-strategies' }),
        ]),
        problems: [
          'package our-strategies: id rsi-macd is taken by an installed strategy. Choose another id.',
          expect.stringMatching(
            /broken\.js must load without an error, threw Error: no luck at .*:2:7/,
          ),
        ],
      });
      expect(swept.document).toHaveLength(2);
    },
    SLOW_MS,
  );
});

describe('a file at fault', () => {
  const shell = (decide: string) => `
import { defineStrategy, z } from 'strategy-loop/strategy';
export const mine = defineStrategy({
  id: 'mine', title: 'Mine', description: 'Mine.',
  parameters: z.strictObject({ lookback: z.int().min(2) }), defaultParameters: { lookback: 3 },
  warmUpBars: ({ lookback }) => lookback,
  decide: ${decide},
});
`;
  let directory = '';
  beforeAll(async () => {
    directory = await scratchDirectory('fault');
  });

  it.each<[string, string, RegExp]>([
    ['syntax.ts', 'export const a = (;', /syntax\.ts must load.*SyntaxError: .*at .*syntax\.ts:1/],
    [
      'throws.ts',
      'const a: number[] = [];\n\na[3]!.toFixed();',
      /threw TypeError: .*throws\.ts:3:/,
    ],
    ['nothing.ts', 'export const a = 1;', /must export a strategy, exported a \(number\)/],
    ['gone.ts', "import './away.ts';", /Cannot find module .*away\.ts/],
    [
      'nan.ts',
      shell('(_, state) => ({ forecast: NaN, target: 0, state })'),
      /nan\.ts decide at bar 3 \(2000-01-06\): forecast must be .* was NaN/,
    ],
    [
      'late.ts',
      shell('async (_, state) => ({ forecast: 1, target: 0, state })'),
      /its answer must be .*, was a promise/,
    ],
    [
      'boom.ts',
      shell('() => { throw new RangeError("no"); }'),
      /boom\.ts decide at bar 3 .*threw RangeError: no/,
    ],
    [
      'stateless.ts',
      shell('() => ({ forecast: 1, target: 0 })'),
      /state must be an object, was missing/,
    ],
    ['none.ts', '', /none\.ts/],
  ])(
    '%s is named with the place and the field',
    async (name, text, message) => {
      writeFileSync(join(directory, name), text);

      const { exitCode, stdout, stderr } = await strategyLoopIn(
        ...[directory, 'backtest', '--strategy', `./${name}`, ...DATA],
      );

      expect(stderr).toMatch(message);
      expect(stdout).toBe('');
      expect(exitCode).toBe(65);
    },
    SLOW_MS,
  );

  it(
    'that breaks a promise ends `strategy test` with 1 and says which',
    async () => {
      const text = shell('({ index }, state) => ({ forecast: 1, target: index % 5, state })');
      writeFileSync(join(directory, 'greedy.ts'), text);

      const { exitCode, stdout } = await strategyLoopIn(
        directory,
        'strategy',
        'test',
        './greedy.ts',
      );

      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/BROKEN {2}keeps its target and its forecast within their bounds/);
    },
    SLOW_MS,
  );

  it(
    'has parameters whose misspelt names are answered with the right ones',
    async () => {
      writeFileSync(
        join(directory, 'fine.ts'),
        shell('(_, state) => ({ forecast: 1, target: 1, state })'),
      );

      const { stderr } = await strategyLoopIn(
        ...[directory, 'backtest', '--strategy', './fine.ts', ...DATA, '--params', '{"lokback":5}'],
      );

      expect(stderr).toMatch(/parameters of mine: unknown field lokback.*Did you mean lookback\?/);
    },
    SLOW_MS,
  );
});
