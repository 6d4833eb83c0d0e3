import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differences, golden } from '../support/golden.ts';
import { normal, randomReturns, type ReturnSpec } from '../support/random-series.ts';
import { lcg } from '../../engine/random.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';
import { strategyLoop } from '../support/command.ts';

type Figures = Readonly<Record<string, number | null>>;

const GOLDEN = golden('statistics') as {
  readonly series: readonly (Figures & { readonly spec: ReturnSpec })[];
};

describe('strategy-loop stats', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await scratchDirectory('stats');
  });

  async function file(name: string, text: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  }

  it('prints every statistic of one series as JSON', async () => {
    const { spec, ...figures } = GOLDEN.series[0] as (typeof GOLDEN.series)[number];
    const { psrAbove: _psr, minTrlAbove: _length, neweyWest3: _t, ...expected } = figures;
    const trials = Array.from({ length: 20 }, (_, k) => 0.02 * normal(lcg(spec.seed + k)));
    const returnsFile = await file('returns.json', JSON.stringify(randomReturns(spec)));
    const trialsFile = await file('trials.json', JSON.stringify({ trials }));
    const bootstrap = ['--block', '5', '--resamples', '200', '--seed', '9'];

    const result = await strategyLoop(
      ...['stats', '--returns', returnsFile, '--trials', trialsFile, ...bootstrap, '--json'],
    );

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(differences(result.document as Figures, expected)).toEqual([]);
  });

  it('prints a table for people, with undefined figures as null', async () => {
    const path = await file('flat.json', '{"returns": [0.01, 0.01, 0.01]}');

    const { exitCode, stdout } = await strategyLoop('stats', '--returns', path);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/sharpe +null/);
    // A gain has a sign, a share of periods or a probability has none.
    expect(stdout).toMatch(/totalReturn +\+3\.0 %/);
    expect(stdout).toMatch(/hitRate +100\.0 %/);
    expect(stdout).toMatch(/totalReturn +\+3\.0 %/);
  });

  it.each([
    ['[0.01, "0.02"]', 'returns[1] must be a finite number, was "0.02"'],
    ['[0.01, null]', 'returns[1] must be a finite number, was null'],
    ['[1e999]', 'returns[0] must be a finite number, was Infinity'],
    ['[0.01, -1.5]', 'returns[1] must be finite and >= -1, was -1.5'],
    ['{"values": []}', 'must hold an array of numbers, or an object with one as "returns"'],
    ['[0.01,', 'must be JSON: an array of returns'],
    ['', 'must be JSON: an array of returns'],
  ])('refuses the file %j', async (text, message) => {
    const path = await file('bad.json', text);

    const result = await strategyLoop('stats', '--returns', path, '--json');

    expect(result).toMatchObject({ exitCode: 65, document: { error: { exitCode: 65 } } });
    expect(result.stderr).toContain(message);
  });

  it('refuses a missing file and settings out of their bounds', async () => {
    const path = await file('good.json', '[0.01, -0.01]');
    const missing = await strategyLoop('stats', '--returns', join(directory, 'none.json'));
    const sure = await strategyLoop('stats', '--returns', path, '--confidence', '1');
    const text = await strategyLoop('stats', '--returns', path, '--target', 'much');

    expect(missing).toMatchObject({ exitCode: 65 });
    expect(missing.stderr).toContain('ENOENT');
    expect(sure).toMatchObject({ exitCode: 65 });
    expect(sure.stderr).toContain('confidence must be within 0 and 1, was 1');
    expect(text).toMatchObject({ exitCode: 64 });
  });
});
