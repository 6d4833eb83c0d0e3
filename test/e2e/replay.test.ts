import { readFileSync } from 'node:fs';
import { openStoppedStore } from '../../cli/stopped-store.ts';
import type { CycleSummary } from '../../schemas/payload.ts';
import {
  removeDirectory,
  strategyLoop,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';
import { processesIn } from '../support/processes.ts';

interface ReplayDocument {
  readonly strategy: string;
  readonly cycles: readonly CycleSummary[];
  readonly report: string;
}

const STRATEGIES = ['rsi-macd', 'ml-forecast'] as const;

/** releaseIds and decision-log hashes of every cycle that a data directory holds. */
async function fingerprint(directory: string): Promise<unknown> {
  const store = await openStoppedStore(directory, () => undefined);
  try {
    const hashes = await store.pool.query(
      `select cycle_id, result->>'decisionsSha256' as decisions
       from stages where stage = 'trade' and cycle_id like 'cycle/%' order by 1`,
    );
    const releases = await store.pool.query(
      'select strategy_id, version, release_id from releases order by 1, 2',
    );
    return { hashes: hashes.rows, releases: releases.rows };
  } finally {
    await store.close();
  }
}

describe('strategy-loop replay', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await temporaryDataDirectory();
  });
  afterAll(() => removeDirectory(directory));

  it('runs four cycles, prints one JSON document, and leaves no process', async () => {
    const words = ['replay', '--strategy', 'rsi-macd', '--cycles', '4', '--json'];
    const result = await strategyLoop([...words, '--data-dir', directory]);

    expect(result).toMatchObject({ exitCode: 0 });
    const document = JSON.parse(result.stdout) as ReplayDocument;
    expect(Object.keys(document)).toEqual(['strategy', 'cycles', 'report']);
    expect(document.strategy).toBe('rsi-macd');
    expect(document.cycles.map(({ window }) => window.from)).toEqual([
      '2012-01-01',
      '2013-01-01',
      '2014-01-01',
      '2015-01-01',
    ]);
    const stage = { status: 'completed', ms: expect.any(Number) as number };
    for (const cycle of document.cycles) {
      expect(Object.keys(cycle)).toEqual([
        ...['cycleId', 'workflowId', 'window', 'stages', 'championVersion', 'challenger'],
      ]);
      expect(cycle.workflowId).toBe(`cycle/rsi-macd/${cycle.window.from}_${cycle.window.to}`);
      expect(cycle.stages).toEqual({
        collect: stage,
        trade: stage,
        analyze: stage,
        retrain: stage,
        rollOut: stage,
      });
      expect(cycle.championVersion).toBeGreaterThanOrEqual(1);
      expect(['promoted', 'kept']).toContain(cycle.challenger.outcome);
      expect(cycle.challenger.reason).not.toBe('');
      expect(cycle.challenger.version !== null).toBe(cycle.challenger.outcome === 'promoted');
    }
    expect(readFileSync(document.report, 'utf8')).toContain('<!doctype html>');
    expect(processesIn(directory)).toEqual([]);
  }, 120_000);

  it('keeps windows that have completed and goes on after them', async () => {
    const words = ['replay', '--strategy', 'rsi-macd', '--cycles'];
    const before = await strategyLoopJson<ReplayDocument>(directory, [...words, '4']);
    const after = await strategyLoopJson<ReplayDocument>(directory, [...words, '5']);

    expect(after.cycles.slice(0, 4)).toEqual(before.cycles);
    expect(after.cycles).toHaveLength(5);
  }, 120_000);

  it('refuses another seed for windows that have run', async () => {
    const words = ['replay', '--strategy', 'rsi-macd', '--cycles', '2', '--seed', '8'];
    const result = await strategyLoop([...words, '--data-dir', directory]);

    expect(result.exitCode).toBe(65);
    expect(result.stderr).toMatch(/ran with seed 7, not 8.*another data directory/s);
  }, 60_000);

  it('shows what is stored, without a running server', async () => {
    // At once, because two commands on a directory without servers take turns.
    const [list, releases] = await Promise.all([
      strategyLoop(['cycle', 'list', '--data-dir', directory]),
      strategyLoop(['release', 'list', '--data-dir', directory]),
    ]);
    const words = ['release', 'show', '--strategy', 'rsi-macd'];
    const release = await strategyLoop([...words, '--data-dir', directory]);
    const report = await strategyLoop(['report', 'path', '--data-dir', directory]);

    expect(list.stdout).toContain('cycle/rsi-macd/2012-01-01_2013-01-01');
    expect(releases.stdout).toContain('rsi-macd');
    expect(release.stdout).toMatch(/^release 1 of rsi-macd \(stable\)/);
    expect(report.stdout.trim()).toMatch(/latest\.html$/);
  }, 60_000);

  it('runs one more cycle and a manual retrain by hand', async () => {
    const window = ['--from', '2017-01-01', '--to', '2017-07-01'];
    const cycle = await strategyLoopJson<CycleSummary>(directory, [
      ...['cycle', 'start', '--strategy', 'rsi-macd'],
      ...window,
    ]);
    const again = await strategyLoop([
      ...['cycle', 'start', '--strategy', 'rsi-macd', '--data-dir', directory],
      ...window,
    ]);
    const retrain = await strategyLoopJson<{ verdict: { outcome: string } }>(directory, [
      ...['retrain', '--strategy', 'rsi-macd', '--train-from', '2010-01-01'],
      ...['--train-to', '2014-06-01', '--set', 'candidates=50', '--seed', '11', '--roll-out'],
    ]);

    expect(cycle.stages.trade.status).toBe('completed');
    expect(again.exitCode).toBe(65);
    expect(again.stderr).toContain('a window runs once');
    expect(['promoted', 'kept']).toContain(retrain.verdict.outcome);
  }, 90_000);
});

describe('strategy-loop demo', () => {
  it('stops on Ctrl-C, leaves no process, goes on, and comes to the same as two replays', async () => {
    const replayed = await temporaryDataDirectory();
    const directory = await temporaryDataDirectory();
    try {
      for (const strategy of STRATEGIES) {
        const words = ['replay', '--strategy', strategy, '--cycles', '2'];
        await strategyLoopJson<ReplayDocument>(replayed, words);
      }
      let isInterrupted = false;
      const result = await strategyLoop(['demo', '--cycles', '2', '--data-dir', directory], {
        onOutput: (text, pid) => {
          if (isInterrupted || !text.includes('2012-01-01 to 2013-01-01')) return;
          isInterrupted = true;
          process.kill(pid, 'SIGINT');
        },
      });

      expect(result.exitCode).toBe(130);
      expect(result.stderr).toContain('goes on from there');
      expect(processesIn(directory)).toEqual([]);
      const rest = await strategyLoop(['demo', '--cycles', '2', '--data-dir', directory]);
      expect(rest.exitCode).toBe(0);
      expect(rest.stdout).toMatch(/^4 cycles(, ([1-3]|all) kept from before,)? in \d/m);
      const found = await fingerprint(directory);
      // The same seed gives the same releaseIds and decision logs, on two empty directories.
      expect(found).toEqual(await fingerprint(replayed));
      expect(JSON.stringify(found)).toMatch(
        /("decisions":"[0-9a-f]{64}".*){4}"release_id":"[0-9a-f]{64}"/,
      );
    } finally {
      await removeDirectory(replayed);
      await removeDirectory(directory);
    }
  }, 240_000);
});
