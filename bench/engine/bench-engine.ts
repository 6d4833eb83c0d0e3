import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import { packagePath } from '../../cli/package-path.ts';
import { createOutput } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { barSeries, type BarColumns } from '../../engine/bar-series.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import type { Bar } from '../../schemas/bar.ts';
import { runMeasured } from '../data/peak-memory.ts';
import { describeMachine } from '../machine.ts';
import { interleave, type Rounds, type Runner } from '../peers/interleave.ts';
import { openPeer } from '../peers/peer-process.ts';
import { ensurePeerEnvironment, reasonOf } from '../peers/python-environment.ts';
import { compileLimit } from '../sweep/compile-limit.ts';
import { minuteBars, writePriceFile } from './minute-bars.ts';
import { ownRunner, PARAMETERS, RULES } from './own-backtest.ts';
import { reportEngine, rowsOf, type Case } from './report-engine.ts';

/** As many runs as fit half a second: peers are compared in their steady state. */
const DAILY: Rounds = { warm: 2, counted: 9, turns: 15 };
const MINUTES: Rounds = { warm: 2, counted: 5, turns: 3 };

/** Runs before the rounds after which V8 has compiled everything; peers are compiled already. */
const COMPILE_RUNS = 200;
const MINUTE_BARS = 1_000_000;
const SEED = 42;
const COLD_RUNS = 5;

/** Python peers and their modules. The slow ones need minutes for a million bars. */
const PEERS = [
  { name: 'vectorbt', module: 'peer_vectorbt', isFast: true },
  { name: 'backtesting', module: 'peer_backtesting', isFast: false },
  { name: 'nautilus_trader', module: 'peer_nautilus_trader', isFast: false },
  { name: 'backtrader', module: 'peer_backtrader', isFast: false },
] as const;

interface Bench {
  readonly directory: string;
  readonly python: string | null;
  /** Why somebody is not measured, by name. */
  readonly absent: Record<string, string>;
  readonly output: Output;
}

/**
 * One back-test of `rsi-macd`, over the S&P bars and over a million bars: ours, the peers and a C
 * program as the limit, one after another in each round. Final equity and trade count are compared
 * before speed is spoken of. And the command from a cold start.
 *
 * @returns whether all that were measured agree and meet their targets.
 */
export async function benchEngine(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = mkdtempSync(join(tmpdir(), 'strategy-loop-bench-'));
  try {
    const { python, missing, versions } = await ensurePeerEnvironment((text) => {
      output.note(text);
    });
    const bench = { directory, python, absent: { ...missing }, output };
    const dataFile = vegaDatasetsPath();
    const daily = loadBars(dataFile, new Date().toISOString());
    const cases: Case[] = [];
    cases.push(await measureCase(bench, { dataFile, bars: daily, rounds: DAILY }));
    output.note('writing a million bars');
    const bars = minuteBars(MINUTE_BARS, SEED);
    const file = join(directory, 'minutes.csv');
    writePriceFile(file, bars);
    cases.push(await measureCase(bench, { dataFile: file, bars, rounds: MINUTES }));
    const coldMs = await coldRuns(dataFile);
    const { absent } = bench;
    return reportEngine({ machine: describeMachine(), versions, cases, absent, coldMs }, output);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Setting {
  readonly dataFile: string;
  readonly bars: readonly Bar[] | BarColumns;
  readonly rounds: Rounds;
}

async function measureCase(bench: Bench, { dataFile, bars, rounds }: Setting): Promise<Case> {
  const runners: Runner[] = [];
  const isDaily = rounds === DAILY;
  try {
    const own = ownRunner(dataFile, bars);
    for (let run = 0; isDaily && run < COMPILE_RUNS; run += 1) await own.run();
    runners.push(own);
    const config = join(bench.directory, 'config.json');
    writeFileSync(config, JSON.stringify({ ...RULES, dataFile, sets: [PARAMETERS] }));
    const add = async (name: string, argv: () => Promise<string[]> | string[]): Promise<void> => {
      try {
        runners.push(await openPeer(name, await argv()));
      } catch (error) {
        bench.absent[name] = reasonOf(error);
      }
    };
    await add('C', () => compileLimit(bench.directory, barSeries(bars), [PARAMETERS], RULES));
    for (const { name, module, isFast } of PEERS) {
      const { python } = bench;
      if (python === null || name in bench.absent || !(isDaily || isFast)) continue;
      await add(name, () => [python, packagePath('bench/peers/peer.py'), module, config]);
    }
    return { bars: bars.length, rows: rowsOf(await interleave(runners, rounds, bench.output)) };
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** `strategy-loop backtest` as a process, from its start to its end. */
async function coldRuns(dataFile: string): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < COLD_RUNS; run += 1) {
    const { exitCode, wallMs, stderr } = await runMeasured([
      packagePath('bin/strategy-loop.js'),
      ...['backtest', '--strategy', 'rsi-macd', '--data', dataFile],
      ...['--params', JSON.stringify(PARAMETERS), '--json'],
    ]);
    if (exitCode !== 0) throw new Error(`backtest must exit with 0, was ${stderr}`);
    times.push(wallMs);
  }
  return times;
}
