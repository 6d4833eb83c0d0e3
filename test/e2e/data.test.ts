import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { packagePath } from '../../cli/package-path.ts';
import { firstDocument, startStrategyLoop, strategyLoop } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const SP500 = packagePath('node_modules/vega-datasets/data/sp500-2000.csv');
const LINES = readFileSync(SP500, 'utf8').trimEnd().split('\n');
const BARS = 5105;

let directory: string;
let dataDirectory: string;
let up: ReturnType<typeof startStrategyLoop>;

function run(...words: string[]): Promise<CommandResult> {
  return strategyLoop(...words, '--data-dir', dataDirectory, '--json');
}

async function answer(...words: string[]): Promise<Record<string, unknown>> {
  const result = await run(...words);
  expect(result).toMatchObject({ exitCode: 0 });
  return result.document as Record<string, unknown>;
}

function file(name: string, lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

beforeAll(async () => {
  directory = await scratchDirectory('data-commands');
  dataDirectory = join(directory, 'data');
  const ports = ['--temporal-port', '27533', '--ui-port', '28533'];
  up = startStrategyLoop('up', ...ports, '--data-dir', dataDirectory, '--json');
  await firstDocument(up);
  await answer('data', 'import', SP500, '--series', 'spx', '--name', 'S&P 500');
}, 120_000);

afterAll(async () => {
  if (up.exitCode !== null) return;
  up.kill('SIGINT');
  await once(up, 'exit');
}, 60_000);

describe('strategy-loop data check', () => {
  function check(...words: string[]): Promise<CommandResult> {
    return strategyLoop('data', 'check', ...words);
  }

  it('refuses a file that is another one than its hash says', async () => {
    const changed = file('digit.csv', LINES.with(100, (LINES[100] ?? '').replace(/\d$/, '7')));

    expect(await check(changed, '--json')).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await check(changed, '--sha256', sha256(SP500));
    expect(exitCode).toBe(65);
    expect(stderr).toContain(`hashes to ${sha256(changed)}, not ${sha256(SP500)}`);
    const words = ['data', 'import', changed, '--series', 'digit', '--sha256', sha256(SP500)];
    expect((await run(...words)).exitCode).toBe(65);
    expect(JSON.stringify(await answer('data', 'list'))).not.toContain('digit');
  }, 30_000);

  it('accepts the S&P 500 file without remark, in exactly the fields of the policy', async () => {
    const { exitCode, document } = await check(SP500, '--json');

    expect(exitCode).toBe(0);
    expect(document).toEqual({
      verdict: 'accept',
      problems: [],
      rows: BARS,
      from: '2000-01-03',
      to: '2020-04-17',
    });
  });

  it('refuses with 65 and prints the first offence', async () => {
    const path = file('refused.csv', LINES.with(6, (LINES[6] ?? '').replace(',', ',x')));

    const { exitCode, stdout } = await check(path);
    const { document } = await check(path, '--json');

    expect(exitCode).toBe(65);
    expect(stdout).toMatch(/^7 +not-a-number +open +"x\d/m);
    expect(document).toMatchObject({
      verdict: 'refuse',
      problems: [{ code: 'not-a-number', line: 7, column: 'open' }],
    });
  });

  it('exits with 0 for warnings, and sees rows after its clock', async () => {
    const path = file('gap.csv', LINES.toSpliced(100, 10));

    expect(await check(path, '--json')).toMatchObject({
      exitCode: 0,
      document: { verdict: 'accept-with-warning', problems: [{ code: 'gap', line: 101 }] },
    });
    expect(await check(SP500, '--json', '--now', '2000-01-03')).toMatchObject({
      exitCode: 65,
      document: { problems: expect.arrayContaining([expect.objectContaining({ line: 3 })]) },
    });
  });

  it.each([
    ['that is missing', 'nothing.csv', 'there is no such file'],
    ['that is a folder', '.', 'it is a folder|is a folder'],
  ])('says so of a file %s', async (_what, name, message) => {
    const { exitCode, stderr } = await check(join(directory, name));

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(new RegExp(message));
  });

  it('reads Parquet by the same policy, and says what is wrong with a file that is none', async () => {
    const parquet = join(directory, 'checked.parquet');
    await answer('data', 'export', 'spx', '--out', parquet, '--from', '2019-01-01');
    const bytes = readFileSync(parquet);
    const [cut, disguised] = [join(directory, 'cut.parquet'), join(directory, 'disguised.csv')];
    writeFileSync(cut, bytes.subarray(0, bytes.length - 100));
    writeFileSync(disguised, bytes);

    expect(await check(parquet, '--json')).toMatchObject({
      exitCode: 0,
      document: { verdict: 'accept', from: '2019-01-02', to: '2020-04-17' },
    });
    expect(await check(file('fake.parquet', LINES))).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('is no Parquet file: it does not begin with PAR1'),
    });
    expect(await check(cut)).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('was cut short: it does not end with PAR1'),
    });
    // Would notice a verdict about its encoding.
    expect(await check(disguised)).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('is a Parquet file and no CSV'),
    });
  });

  it('refuses a clock that is none', async () => {
    expect(await check(SP500, '--now', '2020-02-30')).toMatchObject({ exitCode: 64 });
  });
});

describe('strategy-loop data', () => {
  it('imports the same file again without any change', async () => {
    expect(await answer('data', 'import', SP500, '--series', 'spx')).toMatchObject({
      inserted: 0,
      revised: 0,
      unchanged: BARS,
      gaps: [],
    });
  });

  it('lists and shows what is stored', async () => {
    const { series } = await answer('data', 'list');
    expect(series).toContainEqual({
      seriesId: 'spx',
      instrumentId: 'spx',
      duration: '1d',
      calendar: 'XNYS',
      bars: BARS,
      from: '2000-01-03',
      to: '2020-04-17',
      revisions: 0,
      lateBars: 0,
      gaps: 0,
    });

    const span = ['--from', '2008-09-15', '--to', '2008-10-01', '--limit', '2'];
    const shown = await answer('data', 'show', 'spx', ...span);
    expect(shown).toMatchObject({
      total: 12,
      bars: [{ time: '2008-09-15' }, { time: '2008-09-16' }],
    });
    const csv = await strategyLoop(
      ...['data', 'show', 'spx', '--limit', '1', '--format', 'csv', '--data-dir', dataDirectory],
    );
    expect(csv.stdout).toMatch(/^time,open,high,low,close,volume\n2020-04-17,[\d.,]+\n$/);
    expect(csv.stderr).toContain('1 of 5105 bars');
    const newest = await answer('data', 'show', 'spx', '--limit', '1');
    expect(newest).toMatchObject({ total: BARS, bars: [{ time: '2020-04-17' }] });
  });

  it('has no gap in the S&P 500 bars, and finds the row that a file lacks until it comes', async () => {
    const path = file('lacking.csv', LINES.toSpliced(100, 1));
    const imported = await strategyLoop(
      ...['data', 'import', path, '--series', 'lacking', '--data-dir', dataDirectory],
    );
    expect(imported.stdout).toContain('1 gap');

    expect(await answer('data', 'gaps', 'spx')).toMatchObject({ missing: 0, gaps: [], late: [] });
    const day = (LINES[100] ?? '').slice(0, 10);
    expect(await answer('data', 'gaps', 'lacking')).toMatchObject({
      calendar: 'XNYS',
      gaps: [{ from: day, last: day, missing: 1 }],
    });
    await answer('data', 'import', SP500, '--series', 'lacking');
    const text = await strategyLoop('data', 'gaps', 'lacking', '--data-dir', dataDirectory);
    expect(text.stdout).toMatch(new RegExp(`late bar .*\\n${day} `));
    expect(await answer('data', 'gaps', 'lacking')).toMatchObject({
      gaps: [],
      filled: [{ time: day }],
      late: [{ time: day }],
    });
  });

  it('lists warnings as `data check` does', async () => {
    const path = file('warned.csv', LINES.toSpliced(100, 10));

    const words = ['data', 'import', path, '--series', 'warned', '--data-dir', dataDirectory];
    const imported = await strategyLoop(...words);

    const table = (text: string): string[] => text.split('\n').slice(0, 2);
    expect(table(imported.stdout)[1]).toMatch(/^101 +gap/);
    expect(table(imported.stdout)).toEqual(
      table((await strategyLoop('data', 'check', path)).stdout),
    );
  });

  it('shows one name for one exchange', async () => {
    const path = file('nyse.csv', LINES.slice(0, 3));
    await answer('data', 'import', path, '--series', 'nyse', '--calendar', 'NYSE');

    const { series } = await answer('data', 'list');

    expect(series).toContainEqual(expect.objectContaining({ seriesId: 'nyse', calendar: 'XNYS' }));
  });

  it('does not take a day that was closed for a gap', async () => {
    const day = (LINES[200] ?? '').slice(0, 10);
    await answer(
      'data',
      'import',
      file('closed.csv', LINES.toSpliced(200, 1)),
      '--series',
      'closed',
    );

    await answer('calendar', 'close', 'XNYS', day, '--reason', 'flood');
    expect(await answer('data', 'gaps', 'closed')).toMatchObject({ gaps: [] });
    await answer('calendar', 'reopen', 'XNYS', day, '--reason', 'it was another day');
    expect(await answer('data', 'gaps', 'closed')).toMatchObject({ gaps: [{ from: day }] });
  });

  it('exports CSV and Parquet that come back to the byte', async () => {
    const [first, second, third] = ['first.csv', 'second.csv', 'third.csv'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    const parquet = join(directory, 'sp500.parquet');

    await answer('data', 'export', 'spx', '--out', first);
    await answer('data', 'export', 'spx', '--out', parquet);
    await answer('data', 'import', first, '--series', 'from-csv');
    await answer('data', 'import', parquet, '--series', 'from-parquet');
    await answer('data', 'export', 'from-csv', '--out', second);
    await answer('data', 'export', 'from-parquet', '--out', third);

    expect([sha256(second), sha256(third)]).toEqual([sha256(first), sha256(first)]);
    const { buffer, byteOffset, byteLength } = readFileSync(parquet);
    const rows = await parquetReadObjects({
      file: buffer.slice(byteOffset, byteOffset + byteLength),
    });
    expect(rows).toHaveLength(BARS);
    expect(rows[0]).toMatchObject({ date: new Date('2000-01-03'), open: 1469.25 });
  }, 120_000);

  it('exports a span, and replaces a file only when it is told to', async () => {
    const out = join(directory, 'span.csv');
    const words = [
      'data',
      'export',
      'spx',
      '--from',
      '2020-04-16',
      '--to',
      '2020-04-17',
      '--out',
      out,
    ];

    await answer(...words);

    expect(readFileSync(out, 'utf8')).toBe(
      'date,open,high,low,close,volume\n2020-04-16,2799.340088,2806.51001,2764.320068,2799.550049,5179990000\n',
    );
    expect(await run(...words)).toMatchObject({ exitCode: 65 });
    expect(await run(...words, '--force')).toMatchObject({ exitCode: 0 });
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('stores nothing of a file that is refused at its end', async () => {
    const path = file('late-refusal.csv', [...LINES, '2020-04-20,1,1,1,1,1,x']);

    const { exitCode, stderr } = await run('data', 'import', path, '--series', 'refused');

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(/late-refusal.csv is refused.*5107 +not-a-number +volume/s);
    expect(await run('data', 'show', 'refused')).toMatchObject({ exitCode: 65 });
  });

  it.each([
    ['another duration', ['--duration', '1h'], /--duration: series spx has 1d, not 1h/],
    ['another exchange', ['--calendar', 'XNSE'], /--calendar: series spx has XNYS, not XNSE/],
    [
      'an exchange that is none',
      ['--calendar', 'XFOO'],
      /no calendar "XFOO"; known: NYSE, BSE, NSE, XBOM/,
    ],
  ])('refuses %s for a series that is stored', async (_what, words, message) => {
    const { exitCode, stderr } = await run('data', 'import', SP500, '--series', 'spx', ...words);

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(message);
  });

  it('refuses bars that lie closer than they last, and a Parquet file that is none', async () => {
    const hours = ['09:30Z', '10:30Z'].map((time) => `2020-01-06T${time},1,1,1,1,1`);
    const path = file('hours.csv', ['date,open,high,low,close,volume', ...hours]);
    const fake = file('fake.parquet', LINES);

    expect((await run('data', 'import', path, '--series', 'hours')).stderr).toContain('--duration');
    expect(
      await answer('data', 'import', path, '--series', 'hours', '--duration', '1h'),
    ).toMatchObject({
      inserted: 2,
    });
    const refused = await run('data', 'import', fake, '--series', 'fake');
    expect(refused.exitCode).toBe(65);
    expect(refused.stderr).toContain('is no Parquet file');
  });

  it('says which series there are when one is unknown', async () => {
    const { exitCode, stderr } = await run('data', 'gaps', 'acme');

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(/series "acme" is not stored; known: .*spx/);
    expect((await run('data', 'show', 'spxx')).stderr).toContain('did you mean "spx"?');
  });
});

describe('strategy-loop calendar', () => {
  it('shows sessions, half days and what was closed', async () => {
    await answer('calendar', 'close', 'NYSE', '2026-11-24', '--reason', 'state funeral');

    const span = ['--from', '2026-11-23', '--to', '2026-11-28'];
    const shown = await answer('calendar', 'show', 'XNYS', ...span);

    expect(shown).toMatchObject({
      calendar: 'XNYS',
      sessions: [
        { day: '2026-11-23' },
        { day: '2026-11-25' },
        { day: '2026-11-27', close: '13:00', isOtherHours: true },
      ],
      holidays: ['2026-11-26'],
      closed: [{ day: '2026-11-24', reason: 'state funeral' }],
    });
    const year = ['--from', '2026-01-01', '--to', '2027-01-01', '--data-dir', dataDirectory];
    const { stdout } = await strategyLoop('calendar', 'show', 'XNYS', ...year);
    expect(stdout).toMatch(/^holidays: 2026-01-01 Thu, 2026-01-19 Mon, .*2026-12-25 Fri$/m);
  });

  it.each([
    ['a day without a session', ['close', 'XNYS', '2026-11-26', '--reason', 'x'], 'no session'],
    ['a day that is open', ['reopen', 'XNYS', '2026-11-25', '--reason', 'x'], 'is not closed'],
    [
      'days it does not know',
      ['show', 'XNYS', '--from', '2027-12-01', '--to', '2028-02-01'],
      'is known',
    ],
  ])('refuses %s', async (_what, words, message) => {
    const { exitCode, stderr } = await run('calendar', ...words);

    expect(exitCode).toBe(65);
    expect(stderr).toContain(message);
  });
});
