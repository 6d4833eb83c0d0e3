import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import type { Backtest } from '../../jobs/backtest/backtest-document.ts';
import { MARKETS } from '../support/golden-backtests.ts';
import { strategyLoop } from '../support/command.ts';
import { processesIn } from '../support/processes.ts';
import { ROOT } from '../support/repository.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const RUN = ['--strategy', 'rsi-macd', '--data', MARKETS.sp500, '--fee-bps', '1'] as const;

/** All files below a folder by name, as bytes. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );
}

/** Several processes in turn take minutes on a machine that is at work. */
const SLOW_MS = 600_000;

let directory = '';
let sets = '';
beforeAll(async () => {
  directory = await scratchDirectory('files');
  sets = join(directory, 'sets.json');
  const periods = Array.from({ length: 10 }, (_, at) => ({ rsiPeriod: 5 + at, rsiEntry: 45 + at }));
  writeFileSync(sets, JSON.stringify(periods));
});

describe('files of a back-test', () => {
  it.each(['csv', 'json', 'parquet'])(
    'are tables that hold what the document holds: %s',
    async (format) => {
      const out = join(directory, `tables-${format}`);
      const { document, exitCode } = await strategyLoop(
        ...['backtest', ...RUN, '--out', out, '--format', format, '--include', 'equity', '--json'],
      );
      const { trades, equity } = document as Backtest;
      const read = async (name: string): Promise<Record<string, unknown>[]> => {
        const bytes = readFileSync(join(out, `${name}.${format}`));
        if (format === 'json')
          return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>[];
        if (format === 'csv') return csvRows(bytes.toString('utf8'));
        const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
        return parquetReadObjects({ file: file });
      };

      expect(exitCode).toBe(0);
      expect((await read('trades')).map((row) => Number(row['return']))).toEqual(
        trades.map((trade) => trade.return),
      );
      expect((await read('equity')).map((row) => Number(row['equity']))).toEqual(
        equity?.map((row) => (row as { equity: number }).equity),
      );
      expect(await read('decisions')).toHaveLength(5105);
    },
    SLOW_MS,
  );

  it(
    'are not replaced without --force, and nothing is run then',
    async () => {
      const page = join(directory, 'page.html');
      const first = await strategyLoop('backtest', ...RUN, '--report', page);
      const second = await strategyLoop('backtest', ...RUN, '--report', page);
      const forced = await strategyLoop('backtest', ...RUN, '--report', page, '--force');

      expect([first.exitCode, second.exitCode, forced.exitCode]).toEqual([0, 65, 0]);
      expect(first.stderr).toContain(`wrote ${page}`);
      expect(second.stderr).toContain('exists; choose another name, or replace it with --force');
      expect(second.stdout).toBe('');
    },
    SLOW_MS,
  );

  it.each<[string, readonly string[], number, RegExp]>([
    ['a format of nothing', ['--format', 'csv'], 64, /say with --out where they go/],
    [
      'an unknown format',
      ['--out', 'x', '--format', 'xls'],
      64,
      /Allowed choices are csv, json, parquet/,
    ],
    ['a file for three tables', ['--out', 'x.csv'], 64, /--out must be a folder, for trades/],
    ['shards without a launcher', ['--shards', '2'], 64, /say with --launcher where they run/],
    ['no shard', ['--launcher', 'process', '--shards', '0'], 64, /whole number from 1/],
    ['containers of no image', ['--launcher', 'docker'], 64, /needs --image/],
    ['a page that is a folder', ['--report', tmpdir()], 65, /is a folder; name a file/],
    ['folders that are not there', ['--report', '/a/b/c.html'], 73, /there is no folder \/a\/b/],
    ['a file as a folder', ['--report', '/dev/null/a.html'], 73, /there is no folder \/dev\/null/],
  ])(
    'are refused for %s',
    async (_, words, exitCode, message) => {
      const result = await strategyLoop('backtest', ...RUN, ...words);

      expect(result.stderr).toMatch(message);
      expect(result.exitCode).toBe(exitCode);
    },
    SLOW_MS,
  );
});

describe('files of a futures account', () => {
  const futures = join(ROOT, 'test/fixtures/futures/synthetic.csv');
  const run = ['--strategy', 'ewmac-carry', '--data', futures, '--fee-bps', '1', '--json'] as const;

  it(
    'are the same bytes in one process and in three parts, contracts and sides included',
    async () => {
      const made = async (name: string, words: readonly string[]) => {
        const folder = join(directory, name);
        mkdirSync(folder);
        const files = ['--report', join(folder, 'page.html'), '--out', folder];
        return { ...(await strategyLoop('backtest', ...run, ...words, ...files)), folder };
      };
      const here = await made('futures-here', []);
      const jobs = await made('futures-jobs', ['--launcher', 'process', '--shards', '3']);
      const trades = csvRows(readFileSync(join(here.folder, 'trades.csv'), 'utf8'));

      expect(here.exitCode).toBe(0);
      expect(jobs.stdout).toBe(here.stdout);
      expect(filesOf(jobs.folder)).toEqual(filesOf(here.folder));
      expect(new Set(trades.map((row) => row['side']))).toEqual(new Set(['long', 'short']));
      expect(
        Object.keys(csvRows(readFileSync(join(here.folder, 'equity.csv'), 'utf8'))[0] ?? {}),
      ).toEqual(['time', 'close', 'equity', 'contracts', 'drawdown']);
    },
    SLOW_MS,
  );

  it(
    'of a sweep have the Sharpe ratio of the back-test',
    async () => {
      const one = join(directory, 'one-set.json');
      writeFileSync(one, '[{},{"targetVolatility":0.1}]');
      const out = join(directory, 'futures-sets.json');
      const page = join(directory, 'futures-sweep.html');
      const words = ['--params-file', one, '--out', out, '--report', page];
      const swept = await strategyLoop('sweep', ...run, ...words);
      const { document } = await strategyLoop('backtest', ...run);
      const [row] = JSON.parse(readFileSync(out, 'utf8')) as { sharpe: number }[];

      expect(swept.exitCode).toBe(0);
      expect(row?.sharpe).toBeCloseTo((document as Backtest).metrics.sharpe ?? 0, 9);
    },
    SLOW_MS,
  );
});

describe('files of a sweep', () => {
  it(
    'are a table by the name of the file, with the figures of the document',
    async () => {
      const out = join(directory, 'swept.csv');
      const { document } = await strategyLoop(
        ...['sweep', ...RUN, '--params-file', sets, '--out', out, '--json'],
      );
      const rows = csvRows(readFileSync(out, 'utf8'));

      expect(Object.keys(rows[0] ?? {})).toEqual([
        ...['rsiPeriod', 'rsiEntry', 'macdFast', 'macdSlow', 'macdSignal'],
        ...['finalEquity', 'trades', 'maxDrawdown', 'sharpe'],
      ]);
      expect(rows.map((row) => Number(row['finalEquity']))).toEqual(
        (document as { finalEquity: number }[]).map(({ finalEquity }) => finalEquity),
      );
    },
    SLOW_MS,
  );

  it.each<[string, readonly string[], number, RegExp]>([
    ['a map without a page', ['--heat-map', 'rsiPeriod'], 64, /name the page with --report/],
    ['three sides', ['--heat-map', 'a,b,c'], 64, /one or two names/],
    [
      'an unknown side',
      ['--report', '/tmp/never.html', '--heat-map', 'rsiPerod'],
      65,
      /was rsiPerod\. Varying: rsiPeriod, rsiEntry\. Did you mean rsiPeriod\?/,
    ],
    [
      'a side that does not vary',
      ['--report', '/tmp/never.html', '--heat-map', 'macdFast'],
      65,
      /macdFast is the same in all sets/,
    ],
  ])(
    'are refused for %s',
    async (_, words, exitCode, message) => {
      const result = await strategyLoop('sweep', ...RUN, '--params-file', sets, ...words);

      expect(result.stderr).toMatch(message);
      expect(result.exitCode).toBe(exitCode);
    },
    SLOW_MS,
  );
});

describe('--launcher process', () => {
  const whole = async (words: readonly string[], name: string) => {
    const folder = join(directory, name);
    mkdirSync(folder);
    const files = ['--report', join(folder, 'page.html'), '--out', folder];
    const result = await strategyLoop(...words, ...files, '--json');
    return { ...result, files: filesOf(folder) };
  };

  it.each(['backtest', 'sweep'])(
    'gives the same bytes as one process, with 1, 2 and 3 shards: %s',
    async (command) => {
      const more =
        command === 'sweep'
          ? ['--params-file', sets]
          : ['--include', 'indicators,forecasts,equity'];
      const here = await whole([command, ...RUN, ...more], `${command}-here`);

      for (const shards of ['1', '2', '3']) {
        const words = [command, ...RUN, ...more, '--launcher', 'process', '--shards', shards];
        const jobs = await whole(words, `${command}-${shards}`);

        expect(jobs.exitCode).toBe(0);
        expect(jobs.stdout).toBe(here.stdout);
        expect(jobs.files).toEqual(here.files);
      }
      expect(Object.keys(here.files).length).toBe(command === 'sweep' ? 2 : 4);
    },
    SLOW_MS,
  );

  it(
    'tells what is wrong in the words of the command without jobs',
    async () => {
      const bad = join(directory, 'bad.json');
      writeFileSync(bad, '[{}, {"rsiPeriod": 1}, {}]');
      const sweep = ['sweep', ...RUN, '--params-file', bad];
      const walk = ['backtest', ...RUN, '--warm-up', '9999'];

      for (const words of [sweep, walk]) {
        const here = await strategyLoop(...words);
        const jobs = await strategyLoop(...words, '--launcher', 'process', '--shards', '3');

        expect(jobs.exitCode).toBe(65);
        expect(jobs.stderr).toBe(here.stderr);
      }
    },
    SLOW_MS,
  );

  it(
    'ends at Ctrl-C with nothing written and no job left',
    async () => {
      const many = join(directory, 'many.json');
      writeFileSync(many, JSON.stringify(Array.from({ length: 20_000 }, () => ({}))));
      const page = join(directory, 'interrupted.html');
      const words = ['--strategy', 'buy-and-hold', '--params-file', many, '--report', page];
      let stopped = 0;
      const { exitCode, stderr } = await runCommand(
        [
          ...[process.execPath, 'bin/strategy-loop.js', 'sweep', ...RUN, ...words],
          ...['--launcher', 'process', '--shards', '40'],
        ],
        {
          onOutput: (text, pid) => {
            if (stopped !== 0 || !text.includes('part 1 of 40 done')) return;
            stopped = pid;
            process.kill(pid, 'SIGINT');
          },
        },
      );

      expect(stopped).not.toBe(0);
      expect(exitCode).toBe(130);
      expect(stderr).toContain('interrupted; nothing was written');
      expect(readdirSync(directory)).not.toContain('interrupted.html');
      const left = processesIn(join(ROOT, 'dist', 'jobs', 'main.js'));
      expect(left.filter((command) => command.includes('backtest/'))).toEqual([]);
    },
    SLOW_MS,
  );
});

/** Rows of a CSV without quotes. */
function csvRows(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? '']));
  });
}
