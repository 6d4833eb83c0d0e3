import pc from 'picocolors';
import type { CycleHistory, JobRun, Judgement } from '../adapters/postgres/history.ts';
import type { StoredStage } from '../adapters/postgres/stages.ts';
import { counted } from '../schemas/counted.ts';
import type { RolloutVerdict } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { fixed, percent, shortTime, table } from './output.ts';

/** A cycle from its start to its end: stages, attempts at jobs, decisions, the gate. */
export function historyText(history: CycleHistory): string {
  const { cycle, stages, jobs, decisions, challengers, gates, releases } = history;
  const release = cycle.championVersion === null ? 'none' : String(cycle.championVersion);
  const head = [
    pc.bold(`${cycle.cycleId}: ${cycle.status}`),
    `window ${cycle.window.from} to ${cycle.window.to}, ${cycle.clock} clock, seed ${String(cycle.seed)}, by ${cycle.actor}`,
    `started ${shortTime(cycle.startedAt)}, ended ${shortTime(cycle.endedAt) || 'not yet'} (UTC), traded with release ${release}, dataset ${cycle.datasetId?.slice(0, 12) ?? 'none'}`,
  ].join('\n');
  const blocks = [
    head,
    part('stages', stageTable(stages)),
    part('attempts at jobs', jobTable(jobs)),
  ];
  if (decisions.length > 0) {
    const rows = decisions.map((each) => [
      shortTime(each.at),
      each.stage,
      each.action,
      each.actor,
      each.reason,
    ]);
    const columns = ['at (UTC)', 'stage', 'decision', 'by', 'reason'];
    blocks.push(part('decisions of operators', table(columns, rows, 4)));
  }
  for (const { challengerId, trials } of challengers) {
    const gate = gates.find((each) => each.challengerId === challengerId);
    const published = releases.find((each) => each.releaseId === challengerId);
    const became =
      published === undefined ? '' : `, published as release ${String(published.version)}`;
    blocks.push(
      part(
        `challenger ${challengerId.slice(0, 12)}`,
        `${counted(trials, 'trial')}${became}\n${gate === undefined ? 'not judged by a gate' : gateText(gate)}`,
      ),
    );
  }
  const outcome = outcomeText(stages);
  if (outcome !== null) blocks.push(part('roll-out', outcome));
  return blocks.join('\n\n');
}

/** What the roll-out came to and why: a challenger may be kept back without any gate. */
function outcomeText(stages: readonly StoredStage[]): string | null {
  const result = stages.find(({ stage }) => stage === Stage.RollOut)?.result;
  if (typeof result !== 'object' || result === null || !('outcome' in result)) return null;
  const { outcome, reason, version } = result as RolloutVerdict;
  return `${outcome}${version === null ? '' : ` as release ${String(version)}`}: ${reason}`;
}

function part(title: string, text: string): string {
  return `${pc.bold(title)}\n${text}`;
}

function stageTable(stages: readonly StoredStage[]): string {
  const rows = stages.map((stage) => [
    stage.stage,
    stage.status,
    shortTime(stage.startedAt),
    stage.ms === null ? '' : `${fixed(stage.ms, 0)} ms`,
    stage.acceptedJob ?? '',
    stage.cause ?? '',
  ]);
  return table(['stage', 'status', 'started (UTC)', 'time', 'accepted job', 'cause'], rows, 5);
}

function jobTable(jobs: readonly JobRun[]): string {
  if (jobs.length === 0) return 'none was readied';
  const rows = jobs.map((job) => [
    job.stage,
    job.unit,
    String(job.attempt),
    job.status,
    job.finished === null ? '' : `${fixed(job.finished.wallMs, 0)} ms`,
    job.finished === null ? '' : `${fixed(job.finished.peakMemoryBytes / 2 ** 20, 0)} MiB`,
    job.jobName,
    job.failure === null ? '' : `${job.failure.type}: ${job.failure.message}`,
  ]);
  return table(['stage', 'unit', 'attempt', 'status', 'wall', 'memory', 'job', 'failure'], rows, 7);
}

/** The verdict, every check, and the figures that it was decided on. */
export function gateText({ verdict, reason, checks, evidence, policyVersion }: Judgement): string {
  const { challenger, champion, paired } = evidence;
  const figures = [
    ['', 'return', 'Sharpe', 'drawdown'],
    ...[
      { name: 'challenger', metrics: challenger },
      { name: 'champion', metrics: champion },
    ].map(({ name, metrics }) =>
      metrics === null
        ? [name, 'none', '', '']
        : [
            name,
            percent(metrics.totalReturn),
            fixed(metrics.sharpe),
            `${fixed(metrics.drawdownMax * 100, 1)} %`,
          ],
    ),
  ];
  const [columns = [], ...rows] = figures;
  return [
    `${verdict} under policy ${String(policyVersion)}: ${reason}`,
    ...checks.map(({ passed, name, text }) => `  ${passed ? 'passed' : 'failed'} ${name}: ${text}`),
    `on ${counted(evidence.bars, 'held-out bar')}, ${evidence.from} to ${evidence.last}` +
      (paired === null
        ? ''
        : `: confidence ${fixed(paired.confidence, 3)}, ${fixed(paired.meanDifference * 10_000)} bp a bar, ${counted(paired.barsDiffering, 'bar')} ${paired.barsDiffering === 1 ? 'differs' : 'differ'}`),
    table(columns, rows),
  ].join('\n');
}
