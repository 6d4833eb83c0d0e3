import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import { packagePath } from '../../cli/package-path.ts';
import { createOutput } from '../../cli/output.ts';
import { barSeries } from '../../engine/bar-series.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import { sweepJob, sweepRows } from '../../jobs/backtest/sweep.ts';
import { SweepPool } from '../../jobs/backtest/sweep-pool.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import { interleave, type Runner } from '../peers/interleave.ts';
import { openPeer, type PeerProcess } from '../peers/peer-process.ts';
import { ensurePeerEnvironment, reasonOf } from '../peers/python-environment.ts';
import { compileLimit } from './compile-limit.ts';
import { referenceGrid } from './grid.ts';
import { reportSweep } from './report-sweep.ts';

const ROUNDS = { warm: 4, counted: 7 };
const THREADS = 2;
const RULES = { warmUp: 250, feeBps: 1, cash: 1_000_000 };

/**
 * 1,000 parameter sets of `rsi-macd` over the S&P bars: one and two threads of ours, vectorbt, and a
 * plain C program as the limit, one after another in each round. Every figure of every set is
 * compared before speed is spoken of.
 *
 * @returns whether the targets are met and all agree.
 */
export async function benchSweep(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = mkdtempSync(join(tmpdir(), 'strategy-loop-bench-'));
  const environment = await ensurePeerEnvironment((text) => {
    output.note(text);
  });
  const dataFile = vegaDatasetsPath();
  const bars = loadBars(dataFile, new Date().toISOString());
  const missing: Record<string, string> = { ...environment.missing };
  const runners: Runner[] = [ours(1, dataFile, bars), ours(THREADS, dataFile, bars)];
  try {
    const add = async (name: string, open: () => Promise<PeerProcess>): Promise<void> => {
      try {
        runners.push(await open());
      } catch (error) {
        missing[name] = reasonOf(error);
      }
    };
    const config = join(directory, 'config.json');
    writeFileSync(config, JSON.stringify({ ...RULES, dataFile, sets: referenceGrid() }));
    await add('C', async () =>
      openPeer(
        'C, naive, 1 thread',
        await compileLimit(directory, barSeries(bars), referenceGrid(), RULES),
      ),
    );
    const { python } = environment;
    if (python !== null && missing['vectorbt'] === undefined) {
      const script = packagePath('bench/peers/peer.py');
      await add('vectorbt', () => openPeer('vectorbt', [python, script, 'peer_vectorbt', config]));
    }
    const runs = await interleave(runners, ROUNDS, output);
    return reportSweep({ runs, missing, versions: environment.versions }, output);
  } finally {
    for (const runner of runners) await runner.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Our sweep: from bars and parameter sets to rows, validation included, on warm threads. */
function ours(threads: number, dataFile: string, bars: readonly Bar[]): Runner {
  const pool = new SweepPool(threads);
  const strategy = strategyById('rsi-macd');
  const sets = referenceGrid();
  const request: SweepRequest = {
    command: 'sweep',
    strategyId: strategy.id,
    dataFile,
    modelFile: null,
    parametersFile: 'grid',
    costModel: { feeBps: RULES.feeBps, halfSpreadBps: 0 },
    initialCash: RULES.cash,
    warmUp: RULES.warmUp,
    sizing: 'all-in',
    now: new Date().toISOString(),
    threads,
    progress: false,
  };
  return {
    name: `strategy-loop, ${String(threads)} ${threads === 1 ? 'thread' : 'threads'}`,
    run: async () => {
      const start = performance.now();
      const job = await sweepJob(request, strategy, bars, sets);
      await pool.run(job);
      const rows = sweepRows(job, sets);
      return {
        seconds: (performance.now() - start) / 1000,
        finalEquity: rows.map((row) => row.finalEquity),
        trades: rows.map((row) => row.trades),
        maxDrawdown: rows.map((row) => row.maxDrawdown),
      };
    },
    close: () => pool.close(),
  };
}
