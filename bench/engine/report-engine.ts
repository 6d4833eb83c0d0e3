import { fixed, table } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { median } from '../machine.ts';
import type { PeerRun } from '../peers/peer-process.ts';

/** Least ratios of a peer's time to ours, on the S&P bars. */
const RATIO_MIN: Readonly<Record<string, number>> = {
  vectorbt: 5,
  backtesting: 10,
  nautilus_trader: 60,
  backtrader: 150,
};
const DAILY_BARS_MAX = 10_000;

/** Bars per second of one core's time, on a million bars. */
const BARS_PER_SECOND_MIN = 1_200_000;
const COLD_MS_MAX = 1000;

/** Whole units and a sliver of cash left over make peers differ by less than this. */
const TOLERANCE = 1e-7;

interface Row {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Median of the processor's time; null where only the wall clock was read. */
  readonly cpuMs: number | null;
  /** Median of the rounds' own ratios: both sides saw the same machine. */
  readonly ratio: number;
  readonly finalEquity: number;
  readonly trades: number;
}

/** Everybody on the same bars. */
export interface Case {
  readonly bars: number;
  readonly rows: readonly Row[];
}

export interface EngineFigures {
  readonly machine: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  readonly absent: Readonly<Record<string, string>>;
  readonly coldMs: readonly number[];
}

/** @param runs by name, ours first. */
export function rowsOf(runs: ReadonlyMap<string, readonly PeerRun[]>): Row[] {
  const own = runs.get('strategy-loop') ?? [];
  return [...runs].map(([name, peer]) => {
    const seconds = peer.map((run) => run.seconds);
    const cpu = peer.flatMap(({ cpuSeconds }) => (cpuSeconds === undefined ? [] : [cpuSeconds]));
    const medianMs = 1000 * median(seconds);
    return {
      name,
      medianMs,
      minMs: 1000 * Math.min(...seconds),
      maxMs: 1000 * Math.max(...seconds),
      cpuMs: cpu.length === 0 ? null : 1000 * median(cpu),
      ratio: median(seconds.map((value, at) => value / (own[at]?.seconds ?? Number.NaN))),
      finalEquity: peer.at(-1)?.finalEquity[0] ?? Number.NaN,
      trades: peer.at(-1)?.trades[0] ?? Number.NaN,
    };
  });
}

interface Check {
  readonly what: string;
  readonly was: number;
  readonly isMet: boolean;
}

/** Prints figures, ratios and targets. @returns whether all agree and the targets are met. */
export function reportEngine(figures: EngineFigures, output: Output): boolean {
  const { machine, versions, cases, absent, coldMs } = figures;
  const agree = cases.every(({ rows }) => areEqual(rows));
  const checks = checksOf(figures);
  const isMet = agree && checks.every((check) => check.isMet);
  const text = [
    listed({ ...machine, ...versions }),
    ...cases.map(tableOf),
    ...Object.entries(absent).map(([name, reason]) => `not measured: ${name} (${reason})`),
    `final equity and trade counts agree: ${agree ? 'yes' : 'NO'}`,
    ...checks.map(
      ({ what, was, isMet: met }) => `${met ? 'met    ' : 'NOT met'} ${what}: ${fixed(was, 1)}`,
    ),
  ].join('\n');
  const document = { command: 'npm run bench -- engine', machine, versions, cases, coldMs };
  output.answer({ ...document, absent, agree, checks, isMet }, text);
  return isMet;
}

function checksOf({ cases, coldMs }: EngineFigures): Check[] {
  const ratios = cases
    .filter(({ bars }) => bars <= DAILY_BARS_MAX)
    .flatMap(({ rows }) => rows)
    .flatMap(({ name, ratio }): Check[] => {
      const least = RATIO_MIN[name];
      if (least === undefined) return [];
      return [{ what: `${name} / ours >= ${String(least)}`, was: ratio, isMet: ratio >= least }];
    });
  const speeds = cases
    .filter(({ bars }) => bars > DAILY_BARS_MAX)
    .map(({ bars, rows }): Check => {
      const perMs = bars / (rows[0]?.cpuMs ?? Number.NaN);
      const what = `${String(bars)} bars, thousand bars per second of one core >= 1200`;
      return { what, was: perMs, isMet: perMs >= BARS_PER_SECOND_MIN / 1000 };
    });
  const cold = median(coldMs);
  const first = { what: 'cold start to the result, ms <= 1000', was: cold };
  return [...ratios, ...speeds, { ...first, isMet: cold <= COLD_MS_MAX }];
}

function areEqual(rows: readonly Row[]): boolean {
  const [own] = rows;
  return rows.every(
    ({ finalEquity, trades }) =>
      trades === own?.trades && Math.abs(finalEquity / own.finalEquity - 1) <= TOLERANCE,
  );
}

function tableOf({ bars, rows }: Case): string {
  const head = [`${String(bars)} bars`, 'median ms', 'min', 'max', 'CPU ms', 'bars/s', '/ ours'];
  return table(
    [...head, 'final equity', 'trades'],
    rows.map((row) => [
      row.name,
      fixed(row.medianMs),
      fixed(row.minMs),
      fixed(row.maxMs),
      row.cpuMs === null ? '' : fixed(row.cpuMs),
      fixed((1000 * bars) / row.medianMs, 0),
      fixed(row.ratio, row.ratio < 1 ? 3 : 1),
      fixed(row.finalEquity, 4),
      String(row.trades),
    ]),
  );
}

function listed(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}
