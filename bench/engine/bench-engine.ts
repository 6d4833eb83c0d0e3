import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import { packagePath } from '../../cli/package-path.ts';
import { createOutput, fixed, table } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { runBacktest } from '../../jobs/backtest/backtest.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import { describeMachine, median } from '../machine.ts';
import { interleave, type Runner } from '../peers/interleave.ts';
import { openPeer, type PeerRun } from '../peers/peer-process.ts';
import { ensurePeerEnvironment, reasonOf } from '../peers/python-environment.ts';

const ROUNDS = { warm: 2, counted: 5 };

/** Runs before the rounds after which V8 has compiled everything; peers are compiled already. */
const COMPILE_RUNS = 60;
const RULES = { warmUp: 250, feeBps: 1, cash: 1_000_000 };
const PARAMETERS = { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 };

/** Peers by name: their module, and the least ratio of their time to ours. */
const PEERS = [
  { name: 'vectorbt', module: 'peer_vectorbt', ratioMin: 5 },
  { name: 'backtesting', module: 'peer_backtesting', ratioMin: 10 },
  { name: 'backtrader', module: 'peer_backtrader', ratioMin: 150 },
] as const;

/** Whole units and a sliver of cash left over make peers differ by less than this. */
const TOLERANCE = 1e-7;

/**
 * One back-test of `rsi-macd` over the S&P bars: ours and the peers, one after another in each
 * round. Final equity and trade count are compared before speed is spoken of.
 *
 * @returns whether all that were measured agree and meet their targets.
 */
export async function benchEngine(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const directory = mkdtempSync(join(tmpdir(), 'strategy-loop-bench-'));
  const runners: Runner[] = [];
  try {
    const { python, missing, versions } = await ensurePeerEnvironment((text) => {
      output.note(text);
    });
    const dataFile = vegaDatasetsPath();
    const bars = loadBars(dataFile, new Date().toISOString());
    const own = ours(dataFile, bars);
    for (let run = 0; run < COMPILE_RUNS; run += 1) await own.run();
    runners.push(own);
    const config = join(directory, 'config.json');
    writeFileSync(config, JSON.stringify({ ...RULES, dataFile, sets: [PARAMETERS] }));
    const absent: Record<string, string> = {
      ...missing,
      nautilus_trader: 'it fills at the close that decided, so its figures cannot agree',
    };
    for (const { name, module } of PEERS) {
      if (python === null || name in missing) continue;
      const argv = [python, packagePath('bench/peers/peer.py'), module, config];
      try {
        runners.push(await openPeer(name, argv));
      } catch (error) {
        absent[name] = reasonOf(error);
      }
    }
    const runs = await interleave(runners, ROUNDS, output);
    return report(runs, { bars: bars.length, versions, absent }, output);
  } finally {
    for (const runner of runners) await runner.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The whole back-test: indicators, walk with all its records, trades and metrics. */
function ours(dataFile: string, bars: readonly Bar[]): Runner {
  const strategy = strategyById('rsi-macd');
  const request: BacktestRequest = {
    command: 'backtest',
    strategyId: strategy.id,
    dataFile,
    modelFile: null,
    parameters: JSON.stringify(PARAMETERS),
    include: [],
    costModel: { feeBps: RULES.feeBps, halfSpreadBps: 0 },
    initialCash: RULES.cash,
    warmUp: RULES.warmUp,
    sizing: 'all-in',
    now: new Date().toISOString(),
  };
  return {
    name: 'strategy-loop',
    run: async () => {
      const start = performance.now();
      const { finalEquity, trades } = await runBacktest(request, strategy, bars);
      const closed = trades.filter(({ exitIndex }) => exitIndex !== null).length;
      const seconds = (performance.now() - start) / 1000;
      return { seconds, finalEquity: [finalEquity], trades: [closed] };
    },
    close: () => undefined,
  };
}

interface Context {
  readonly bars: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
}

function report(
  runs: ReadonlyMap<string, readonly PeerRun[]>,
  { bars, versions, absent }: Context,
  output: Output,
): boolean {
  const own = runs.get('strategy-loop') ?? [];
  const rows = [...runs].map(([name, peer]) => {
    const ratio = median(peer.map(({ seconds }, at) => seconds / (own[at]?.seconds ?? Number.NaN)));
    const ratioMin = PEERS.find((candidate) => candidate.name === name)?.ratioMin ?? null;
    const seconds = median(peer.map((run) => run.seconds));
    return {
      name,
      medianMs: 1000 * seconds,
      barsPerSecond: bars / seconds,
      ratio,
      ratioMin,
      finalEquity: peer.at(-1)?.finalEquity[0] ?? null,
      trades: peer.at(-1)?.trades[0] ?? null,
      isMet: ratioMin === null || ratio >= ratioMin,
    };
  });
  const [first] = rows;
  const agree = rows.every(
    ({ finalEquity, trades }) =>
      trades === first?.trades &&
      Math.abs((finalEquity ?? 0) / (first.finalEquity ?? 0) - 1) <= TOLERANCE,
  );
  const isMet = agree && rows.every((row) => row.isMet);
  const machine = describeMachine();
  const text = [
    Object.entries({ ...machine, ...versions })
      .map(([key, value]) => `${key} ${value}`)
      .join(', '),
    table(
      [`${String(bars)} bars`, 'median ms', 'bars/s', '/ ours', 'target', 'final equity', 'trades'],
      rows.map((row) => [
        row.name,
        fixed(row.medianMs),
        fixed(row.barsPerSecond, 0),
        fixed(row.ratio, 1),
        row.ratioMin === null ? '' : `>= ${String(row.ratioMin)} ${row.isMet ? 'met' : 'NOT met'}`,
        fixed(row.finalEquity, 4),
        String(row.trades),
      ]),
    ),
    ...Object.entries(absent).map(([name, reason]) => `not measured: ${name} (${reason})`),
    `final equity and trade counts agree: ${agree ? 'yes' : 'NO'}`,
  ].join('\n');
  output.answer(
    { command: 'npm run bench -- engine', machine, versions, rows, absent, agree, isMet },
    text,
  );
  return isMet;
}
