import pc from 'picocolors';
import type { Contest } from '../schemas/jobs/analyze.ts';
import type { Metrics } from '../schemas/metrics.ts';
import type { CycleSummary } from '../schemas/payload.ts';
import { fixed, percent, table } from './output.ts';

export interface StrategySummary {
  readonly strategy: string;
  readonly cycles: readonly CycleSummary[];
  readonly contest: Contest | null;
}

/** What a finished demo or replay prints for people. */
export function summaryText(
  strategies: readonly StrategySummary[],
  {
    report,
    seconds,
    kept,
  }: { readonly report: string; readonly seconds: number; readonly kept: number },
): string {
  const blocks = strategies.map((summary) =>
    [
      pc.bold(summary.strategy),
      cyclesTable(summary.cycles),
      ...(summary.contest === null ? [] : ['', contestTable(summary.contest)]),
    ].join('\n'),
  );
  const count = strategies.reduce((total, { cycles }) => total + cycles.length, 0);
  const before = kept === count ? ', all kept from before,' : `, ${String(kept)} kept from before,`;
  return [
    ...blocks,
    `${String(count)} ${count === 1 ? 'cycle' : 'cycles'}${kept === 0 ? '' : before} in ${fixed(seconds, 1)} s. Report: ${report}`,
  ].join('\n\n');
}

export function cyclesTable(cycles: readonly CycleSummary[]): string {
  return table(
    ['window', 'traded with', 'challenger', 'why', 'stages'],
    cycles.map((cycle) => {
      const { version, outcome, reason } = cycle.challenger;
      const ms = Object.values(cycle.stages).reduce((total, stage) => total + stage.ms, 0);
      return [
        `${cycle.window.from} to ${cycle.window.to}`,
        `release ${String(cycle.championVersion)}`,
        version === null ? outcome : `${outcome} as release ${String(version)}`,
        // The outcome stands beside it.
        reason.replace(/^(Refused|Passed): /, ''),
        `${fixed(ms / 1000, 1)} s`,
      ];
    }),
    3,
  );
}

function contestTable(contest: Contest): string {
  const row = (name: string, metrics: Metrics): string[] => [
    name,
    percent(metrics.totalReturn),
    percent(metrics.annualReturn),
    fixed(metrics.sharpe),
    `${fixed(metrics.drawdownMax * 100, 1)} %`,
    fixed(metrics.turnover, 1),
  ];
  return table(
    ['', 'return', 'a year', 'Sharpe', 'drawdown', 'turnover'],
    [
      row('loop', contest.loop),
      row('release 1, never retrained', contest.neverRetrained),
      row('buy and hold', contest.buyAndHold),
    ],
  );
}
