import { fixed, table } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { describeMachine, median } from '../machine.ts';
import type { PeerRun } from '../peers/peer-process.ts';
import { referenceGrid } from './grid.ts';

const VECTORBT_RATIO_MIN = 50;
const NAIVE_RATIO_MAX = 2;

/** Runs of all sides, by name: ours with one thread first, with two second. */
interface Measured {
  readonly runs: ReadonlyMap<string, readonly PeerRun[]>;
  readonly missing: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Prints figures, ratios and targets. @returns whether all agree and the targets are met. */
export function reportSweep({ runs, missing, versions }: Measured, output: Output): boolean {
  const rows = rowsOf(runs);
  const vectorbt = rows.find(({ name }) => name === 'vectorbt');
  const naive = rows.find(({ name }) => name.startsWith('C,'));
  const checks = {
    agree: rows.every(({ largestDifference: most }) => most <= 1e-9),
    vectorbt: vectorbt === undefined ? null : vectorbt.timesTwoThreads >= VECTORBT_RATIO_MIN,
    naive: naive === undefined ? null : 1 / naive.timesOneThread <= NAIVE_RATIO_MAX,
  };
  const isMet = checks.agree && checks.vectorbt !== false && checks.naive !== false;
  const machine = describeMachine();
  const sets = referenceGrid().length;
  const document = { command: 'npm run bench -- sweep', machine, versions, sets, rows };
  const head = [`${String(sets)} sets x 5,105 bars`, 'median ms', 'min', 'max'];
  const text = [
    listed(machine),
    listed(versions),
    table(
      [...head, '/ ours, 1 thread', '/ ours, 2 threads', 'trades', 'sum of equity'],
      rows.map((row) => [
        row.name,
        fixed(row.medianMs, 1),
        fixed(row.minMs, 1),
        fixed(row.maxMs, 1),
        fixed(row.timesOneThread),
        fixed(row.timesTwoThreads),
        String(row.trades),
        fixed(row.equity, 4),
      ]),
    ),
    ...Object.entries(missing).map(([name, reason]) => `not measured: ${name} (${reason})`),
    `all figures of all sets agree to 1e-9: ${shown(checks.agree)}`,
    `vectorbt / ours on two threads >= ${String(VECTORBT_RATIO_MIN)}: ${shown(checks.vectorbt)}`,
    `ours on one thread / naive C <= ${String(NAIVE_RATIO_MAX)}: ${shown(checks.naive)}`,
  ];
  output.answer({ ...document, missing, checks, isMet }, text.join('\n'));
  return isMet;
}

function rowsOf(runs: Measured['runs']) {
  const entries = [...runs].map(([name, own]) => ({
    name,
    seconds: own.map((run) => run.seconds),
    run: own.at(-1) as PeerRun,
  }));
  const [one, two] = entries as [(typeof entries)[0], (typeof entries)[0]];
  return entries.map(({ name, seconds, run }) => ({
    name,
    medianMs: 1000 * median(seconds),
    minMs: 1000 * Math.min(...seconds),
    maxMs: 1000 * Math.max(...seconds),
    // Ratios within one round each: both sides saw the same machine.
    timesOneThread: median(seconds.map((value, at) => value / (one.seconds[at] ?? Number.NaN))),
    timesTwoThreads: median(seconds.map((value, at) => value / (two.seconds[at] ?? Number.NaN))),
    trades: run.trades.reduce((sum, count) => sum + count, 0),
    equity: run.finalEquity.reduce((sum, value) => sum + value, 0),
    largestDifference: largestDifference(one.run, run),
  }));
}

function listed(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

function shown(isMet: boolean | null): string {
  if (isMet === null) return 'not measured';
  return isMet ? 'yes' : 'NO';
}

/** Largest relative difference of any figure of any parameter set. */
function largestDifference(one: PeerRun, other: PeerRun): number {
  const differences = (left: readonly number[], right: readonly number[]): number[] =>
    left.map(
      (value, at) => Math.abs(value - (right[at] ?? Number.NaN)) / Math.max(1, Math.abs(value)),
    );
  const all = [
    ...differences(one.finalEquity, other.finalEquity),
    ...differences(one.trades, other.trades),
    ...differences(one.maxDrawdown ?? [], other.maxDrawdown ?? one.maxDrawdown ?? []),
  ];
  return all.reduce((most, value) => Math.max(most, Number.isNaN(value) ? Infinity : value), 0);
}
