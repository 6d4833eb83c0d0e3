import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';
import { freePorts } from '../../infra/local/port.ts';
import { firstDocument, startStrategyLoop } from '../support/command.ts';
import { processesIn } from '../support/processes.ts';
import { removeDirectory, strategyLoop, temporaryDataDirectory } from '../support/run-command.ts';
import type { CommandResult } from '../support/run-command.ts';

const SP500 = readFileSync(packagePath('node_modules/vega-datasets/data/sp500-2000.csv'), 'utf8');

/** The S&P file with one line changed. */
function withLine(number: number, change: (line: string) => string): string {
  const lines = SP500.split('\n');
  return lines.map((line, index) => (index + 1 === number ? change(line) : line)).join('\n');
}

const BROKEN_FILES: [string, string, RegExp][] = [
  [
    'lacks a column',
    SP500.replace('date,open,high,low', 'date,open,high,lowest'),
    /column.*low.*missing-column/s,
  ],
  [
    'holds NaN',
    withLine(7, (line) => line.replace(/,[^,]+,/, ',NaN,')),
    /line 7.*"open".*NaN.*not-a-number/s,
  ],
  [
    'has a high below its low',
    withLine(7, (line) => {
      const cells = line.split(',');
      return [cells[0], cells[1], '1', ...cells.slice(3)].join(',');
    }),
    /line 7.*high.*\(high-below-low\)|line 7.*high.*outside-range/s,
  ],
  [
    'has a day twice',
    withLine(8, (line) => line.replace(/^[^,]+/, SP500.split('\n')[6]?.split(',')[0] ?? '')),
    /line 8.*duplicate-timestamp/s,
  ],
];

function errorsOf({ stderr }: CommandResult): number {
  return stderr.split('\n').filter((line) => line.includes('error:')).length;
}

describe('bad input gives one clear error', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await temporaryDataDirectory();
  });
  afterEach(async () => {
    const left = processesIn(directory);
    await removeDirectory(directory);
    if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
  });

  function run(...words: string[]): Promise<CommandResult> {
    return strategyLoop([...words, '--data-dir', join(directory, 'data')]);
  }

  it.each(BROKEN_FILES)(
    'when a price file %s, and stores nothing of it',
    async (_, text, expected) => {
      const file = join(directory, 'prices.csv');
      writeFileSync(file, text);
      const words = ['replay', '--strategy', 'rsi-macd', '--cycles', '1', '--csv', file];
      const result = await run(...words);

      expect(result.exitCode).toBe(65);
      expect(result.stderr).toMatch(expected);
      expect(result.stderr).toContain('cycle retry');
      expect(errorsOf(result)).toBe(1);
      const status = await run('cycle', 'status', 'retrain/rsi-macd/first', '--json');
      expect(JSON.parse(status.stdout)).toMatchObject({
        cycle: { status: 'awaiting-operator', datasetId: null },
        stages: [{ stage: 'collect', status: 'awaiting-operator', result: null }],
      });
    },
    60_000,
  );

  it('and the work completes once the file is mended, without a server that stays up', async () => {
    const file = join(directory, 'prices.csv');
    const words = ['replay', '--strategy', 'rsi-macd', '--cycles', '1', '--csv', file];
    writeFileSync(file, 'date,open\n');
    await run(...words);
    const id = 'retrain/rsi-macd/first';
    const early = await run('cycle', 'retry', id, '--reason', 'too early');
    writeFileSync(file, SP500);
    const late = await run('cycle', 'retry', id, '--reason', 'mended');
    const rest = await run(...words);

    expect(early).toMatchObject({ exitCode: 65 });
    expect(early.stderr).toContain('missing-column');
    expect(late).toMatchObject({ exitCode: 0 });
    expect(late.stdout).toContain('the cycle completed');
    expect(rest).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it('when the engine that is to run its jobs does not answer, before a server is started', async () => {
    const directory = await temporaryDataDirectory();
    const [port] = await freePorts(1);
    const words = ['--strategy', 'rsi-macd', '--launcher', 'docker', '--image', 'loop:1'];
    const { exitCode, stderr } = await strategyLoop(['replay', ...words, '--data-dir', directory], {
      environment: { DOCKER_HOST: `tcp://127.0.0.1:${String(port)}` },
    });

    expect(exitCode).toBe(69);
    expect(stderr).toMatch(
      /Docker Engine at \S+ does not answer: .* Nothing was started\..*DOCKER_HOST/,
    );
    expect(readdirSync(directory)).toEqual([]);
    await removeDirectory(directory);
  });

  it('when the data directory lies where nothing can be made', async () => {
    const result = await strategyLoop(['demo', '--data-dir', '/proc/strategy-loop']);

    expect(result.exitCode).toBe(73);
    expect(result.stderr).toContain('/proc/strategy-loop');
  }, 60_000);

  it('when a port is in use, naming the port and the option', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;

    const result = await run('up', '--temporal-port', String(port));
    server.close();

    expect(result.exitCode).toBe(69);
    expect(result.stderr).toContain(String(port));
    expect(errorsOf(result)).toBe(1);
  }, 60_000);

  it('when the data directory cannot be made', async () => {
    const file = join(directory, 'data');
    writeFileSync(file, 'not a directory');

    const result = await run('demo');

    expect(result.exitCode).toBe(73);
    expect(result.stderr).toContain(file);
    expect(readFileSync(file, 'utf8')).toBe('not a directory');
  }, 60_000);

  it('when the data directory belongs to something else', async () => {
    const other = join(directory, 'data');
    mkdirSync(other);
    chmodSync(other, 0o755);
    writeFileSync(join(other, 'thesis.txt'), 'precious');

    const result = await run('demo', '--fresh');

    expect(result.exitCode).toBe(73);
    expect(readFileSync(join(other, 'thesis.txt'), 'utf8')).toBe('precious');
  }, 60_000);

  it.each([
    ['Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:9' }, /TEMPORAL_ADDRESS|127\.0\.0\.1:9/],
    [
      'Postgres',
      { DATABASE_URL: 'postgres://u:secret-word@127.0.0.1:9/x' },
      /DATABASE_URL|127\.0\.0\.1:9/,
    ],
  ])(
    'when %s is gone, without its password',
    async (_, environment, expected) => {
      const words = ['demo', '--data-dir', join(directory, 'data')];
      const result = await strategyLoop(words, { environment });

      expect(result.exitCode).toBe(69);
      expect(result.stderr).toMatch(expected);
      expect(result.stderr + result.stdout).not.toContain('secret-word');
      expect(errorsOf(result)).toBe(1);
    },
    60_000,
  );
});

describe('bad input gives one clear error on a stack that is up', () => {
  let directory: string;
  let up: ChildProcess;

  beforeAll(async () => {
    directory = await temporaryDataDirectory();
    const [port, uiPort] = (await freePorts(2)).map(String);
    const ports = ['--temporal-port', port ?? '', '--ui-port', uiPort ?? ''];
    up = startStrategyLoop('up', ...ports, '--data-dir', directory, '--json');
    await firstDocument(up);
  }, 60_000);
  afterAll(async () => {
    up.kill('SIGINT');
    await once(up, 'exit');
    const left = processesIn(directory);
    await removeDirectory(directory);
    if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
  }, 60_000);

  function run(...words: string[]): Promise<CommandResult> {
    return strategyLoop([...words, '--data-dir', directory]);
  }

  it.each<[string, string[], number, RegExp]>([
    [
      'a strategy is unknown',
      ['replay', '--strategy', 'rsi-mac'],
      65,
      /no strategy "rsi-mac"; installed: .*rsi-macd/,
    ],
    [
      'a trainer setting is unknown',
      ['retrain', '--strategy', 'rsi-macd', '--set', 'candidate=5'],
      65,
      /no trainer setting "candidate"; known: candidates, folds/,
    ],
    [
      'a price file does not exist',
      ['replay', '--strategy', 'rsi-macd', '--csv', '/nowhere/prices.csv'],
      65,
      /--csv: file "\/nowhere\/prices.csv" cannot be read/,
    ],
    [
      'a day is not real',
      ['replay', '--strategy', 'rsi-macd', '--from', '2013-02-30'],
      64,
      /real day/,
    ],
    [
      'an option is unknown',
      ['replay', '--strategy', 'rsi-macd', '--cycels', '4'],
      64,
      /Did you mean --cycles/,
    ],
    [
      'a window is turned around',
      ['cycle', 'start', '--strategy', 'rsi-macd', '--from', '2013-01-01', '--to', '2012-01-01'],
      65,
      /must lie before/,
    ],
    ['a cycle is unknown', ['cycle', 'status', 'cycle/x'], 65, /no cycle "cycle\/x"/],
    ['there is no report yet', ['report', 'path'], 65, /no report .* yet/],
  ])(
    'when %s',
    async (_, words, exitCode, expected) => {
      const result = await run(...words);

      expect(result).toMatchObject({ exitCode });
      expect(result.stderr).toMatch(expected);
      expect(errorsOf(result)).toBe(1);
    },
    60_000,
  );

  it.each([
    ['a trainer setting has a wrong value', ['--set', 'candidates=-4'], /candidates/],
    ['a training window is too short', ['--train-from', '2011-10-01'], /bars|rows/],
  ])(
    'when %s, and nothing waits for ever',
    async (_, words, expected) => {
      const result = await run('retrain', '--strategy', 'rsi-macd', ...words);
      const list = await run('cycle', 'list', '--kind', 'all', '--json');

      expect(result).toMatchObject({ exitCode: 65 });
      expect(result.stderr).toMatch(expected);
      expect(list.stdout).toContain('"status": "aborted"');
      expect(list.stdout).not.toContain('awaiting-operator');
    },
    60_000,
  );
});
