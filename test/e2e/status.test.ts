import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../infra/local/port.ts';
import { firstDocument, startStrategyLoop, strategyLoop } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { ROOT } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const SP500 = join(ROOT, 'node_modules', 'vega-datasets', 'data', 'sp500-2000.csv');
const STRATEGY = ['--strategy', 'ml-forecast'];
const FIRST = 'cycle/ml-forecast/2012-01-01_2013-01-01';
const BROKEN = 'cycle/ml-forecast/2013-01-01_2014-01-01';

interface StatusView {
  readonly health: {
    readonly temporal: { readonly ok: boolean };
    readonly workers: { readonly ok: boolean; readonly pids: readonly number[] };
  };
  readonly cycles: Readonly<Record<string, number>>;
  readonly waiting: readonly {
    readonly cycleId: string;
    readonly cause: string;
    readonly ageSeconds: number;
  }[];
  readonly strategies: readonly { readonly strategyId: string; readonly champion: number | null }[];
}

interface LogsView {
  readonly jobs: readonly {
    readonly stage: string;
    readonly status: string;
    readonly source: string;
    readonly lines: readonly unknown[];
    readonly failure?: { readonly message: string };
  }[];
}

/** The commands by which people see what the loop does, on a real loop. */
describe('looking at the loop', () => {
  let dataDirectory: string;
  let up: ChildProcess;
  let before: CommandResult;
  let wasMade: boolean;
  let started: CommandResult;

  async function run<T>(...words: string[]): Promise<T> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory, '--json');
    expect({ words, ...result }).toMatchObject({ exitCode: 0 });
    return result.document as T;
  }

  async function runFailing(exitCode: number, ...words: string[]): Promise<string> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory);
    expect({ words, ...result }).toMatchObject({ exitCode });
    return result.stderr;
  }

  beforeAll(async () => {
    dataDirectory = join(await scratchDirectory('status'), 'data');
    const ports = await freePorts(2);
    const options = ['--temporal-port', String(ports[0]), '--ui-port', String(ports[1])];
    before = await strategyLoop('status', '--data-dir', dataDirectory);
    wasMade = existsSync(dataDirectory);
    up = startStrategyLoop('up', ...options, '--data-dir', dataDirectory, '--json');
    await firstDocument(up);
    const feed = join(dataDirectory, '..', 'prices.csv');
    await copyFile(SP500, feed);
    await run('replay', ...STRATEGY, '--csv', feed, '--cycles', '1');
    await writeFile(feed, 'date,open,high,low,close\n2012-01-03,10,9,8,9\n');
    const window = ['--from', '2013-01-01', '--to', '2014-01-01'];
    const broken = ['cycle', 'start', ...STRATEGY, ...window, '--data-dir', dataDirectory];
    started = await strategyLoop(...broken);
  }, 240_000);

  afterAll(async () => {
    if (up.exitCode !== null) return;
    up.kill('SIGINT');
    await once(up, 'exit');
  }, 60_000);

  it('says that nothing runs, and starts nothing', () => {
    expect(before).toMatchObject({ exitCode: 69 });
    expect(before.stderr).toContain('no servers run');
    expect(wasMade).toBe(false);
  });

  it('names the cycle that waits when it fails', () => {
    expect(started).toMatchObject({ exitCode: 65 });
    expect(started.stderr).toContain(`cycle retry ${BROKEN}`);
  });

  it('shows the whole loop in one screen', async () => {
    const status = await run<StatusView>('status');
    const text = await strategyLoop('status', '--data-dir', dataDirectory);

    expect(status.health).toMatchObject({ temporal: { ok: true }, workers: { ok: true } });
    expect(status.cycles).toMatchObject({ completed: 1, 'awaiting-operator': 1 });
    expect(status.waiting).toMatchObject([{ cycleId: BROKEN }]);
    expect(status.waiting[0]?.cause).toContain('JobBadInput');
    expect(status.strategies[0]).toMatchObject({ strategyId: 'ml-forecast', champion: 2 });
    expect(text.stdout).toContain(BROKEN);
    expect(text.stdout.split('\n').length).toBeLessThan(50);
  });

  it('finds the installation fit, with workers that take work', async () => {
    const { counts, checks } = await run<{
      counts: { fail: number };
      checks: readonly { name: string; state: string; text: string }[];
    }>('doctor');

    expect(checks.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(counts.fail).toBe(0);
    expect(checks.find(({ name }) => name === 'workers')?.text).toMatch(/strategy-loop \d/);
  });

  it('tells a suspended worker and a suspended server from ones that work', async () => {
    const { health } = await run<StatusView>('status');
    const stack = JSON.parse(await readFile(join(dataDirectory, 'stack.json'), 'utf8')) as {
      servers: readonly { pid: number }[];
    };
    const isTemporal = ({ pid }: { pid: number }): boolean =>
      readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('start-dev');
    const temporal = stack.servers.filter(isTemporal).map(({ pid }) => pid);
    expect(temporal).toHaveLength(1);
    const pids = [...health.workers.pids, ...temporal];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const text = await strategyLoop('status', '--data-dir', dataDirectory);
      const status = await run<StatusView>('status');

      expect(status.health).toMatchObject({
        temporal: { ok: false, suspendedPid: temporal[0] },
        workers: { ok: false, stopped: health.workers.pids },
      });
      expect(text.stdout).toContain(`kill -CONT ${String(health.workers.pids[0])}`);
      expect(text.stdout).toContain(`kill -CONT ${String(temporal[0])}`);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });

  it('prints the logs of a cycle, of a stage, and of the job that failed', async () => {
    const whole = await run<LogsView>('logs', FIRST);
    const stage = await run<LogsView>('logs', FIRST, '--stage', 'retrain');
    const failed = await run<LogsView>('logs', BROKEN);

    expect(whole.jobs.map((job) => job.stage)).toEqual([
      ...['collect', 'trade', 'analyze', 'retrain', 'roll-out'],
    ]);
    expect(whole.jobs.every(({ lines }) => lines.length > 0)).toBe(true);
    expect(stage.jobs).toHaveLength(1);
    // Would notice a failed job whose log nothing names.
    expect(failed.jobs).toMatchObject([{ stage: 'collect', status: 'failed', source: 'artifact' }]);
    expect(failed.jobs[0]?.failure?.message).toContain('prices.csv line 1');
    expect(failed.jobs[0]?.lines.join('\n')).not.toBe('');
  });

  it('follows a cycle until it waits for a person', async () => {
    const { exitCode, stdout } = await strategyLoop(
      ...['logs', BROKEN, '--follow', '--json', '--data-dir', dataDirectory],
    );

    const lines = stdout.trim().split('\n');
    expect(exitCode).toBe(0);
    expect(lines.map((line) => (JSON.parse(line) as { stage: string }).stage)).toContain('collect');
  });

  it('tells the history of a cycle from the store alone', async () => {
    expect(await run('cycle', 'history', FIRST)).toMatchObject({
      cycle: { status: 'completed' },
      gates: [{ verdict: 'pass', evidence: { bars: 120 } }],
      releases: [{ version: 2 }],
    });
    expect(await runFailing(65, 'cycle', 'history', '2012-01-01_2013-01-01')).toContain(
      `did you mean "${FIRST}"?`,
    );
  });

  it('compares releases', async () => {
    const { differences } = await run<{ differences: readonly { area: string }[] }>(
      ...['release', 'diff', '1', '2', ...STRATEGY],
    );

    const areas = new Set(differences.map(({ area }) => area));
    expect([...areas]).toEqual(
      expect.arrayContaining(['parameters', 'model', 'dataset', 'provenance']),
    );
  });

  it('shows a challenger that was never rolled out', async () => {
    // The feed is broken: the retrain of a strategy of its own reads the bars of the package.
    const window = ['--train-from', '2010-01-01', '--train-to', '2014-06-01'];
    await run('retrain', '--strategy', 'rsi-macd', ...window, '--set', 'candidates=40');

    const { challengers } = await run<{
      challengers: readonly { challengerId: string; verdict: string | null }[];
    }>('challenger', 'list', '--strategy', 'rsi-macd');
    const id = challengers[0]?.challengerId ?? '';

    expect(challengers).toMatchObject([{ verdict: null }]);
    expect(await run('challenger', 'show', id.slice(0, 12))).toMatchObject({
      challengerId: id,
      gate: null,
      manifest: { strategyId: 'rsi-macd' },
    });
  }, 60_000);

  it('draws the report on demand', async () => {
    const { path } = await run<{ path: string }>('report', 'path');
    await rm(path);

    expect(await run('report', 'draw', ...STRATEGY, '--title', 'On demand')).toMatchObject({
      path,
    });
    expect(await readFile(path, 'utf8')).toContain('On demand');
    expect(await runFailing(65, 'report', 'draw', '--strategy', 'ml-forcast')).toContain(
      'did you mean "ml-forecast"?',
    );
  }, 60_000);

  it('lists cycles and retrains apart, as CSV when asked', async () => {
    const csv = ['--format', 'csv', '--data-dir', dataDirectory];
    const cycles = await strategyLoop('cycle', 'list', ...csv);
    const retrains = await strategyLoop('cycle', 'list', '--kind', 'retrain', ...csv);

    expect(cycles.stdout).toContain(`${FIRST},completed,`);
    expect(cycles.stdout).not.toContain('retrain/');
    expect(retrains.stdout).toContain('retrain/ml-forecast/first,completed,');
    expect(retrains.stdout).not.toContain('cycle/');
  });

  it('completes the command line', async () => {
    const script = await strategyLoop('completion', 'bash');
    const ids = await strategyLoop('ids', 'strategies', '--', '--data-dir', dataDirectory);
    const cycles = await strategyLoop('ids', 'cycles', '--', '--data-dir', dataDirectory);

    expect(script.stdout).toContain('complete -F _strategy_loop strategy-loop');
    expect(ids.stdout.split('\n')).toContain('ml-forecast');
    // What waits for a person comes first.
    expect(cycles.stdout.split('\n')[0]).toBe(BROKEN);
  });

  it('says little with --quiet and much with --verbose', async () => {
    const quiet = await strategyLoop('report', 'path', '--quiet', '--data-dir', dataDirectory);
    const verbose = await strategyLoop('release', 'list', '--verbose', '--data-dir', dataDirectory);

    expect(quiet.stderr).toBe('');
    expect(verbose.stderr).toContain('reading from');
    expect(verbose.stderr).not.toContain('strategy_loop:');
  });
});
