import pc from 'picocolors';
import type { StateCounts, StoreStatus, StrategyState } from '../adapters/postgres/status.ts';
import type { Health } from './health.ts';
import { age, shortTime, table } from './output.ts';

/** Lines of each part that fit one screen. */
const WAITING_ROWS = 8;
const RUNNING_ROWS = 8;
const STRATEGY_ROWS = 15;
/** With less, Postgres and Temporal stop at their next larger write. */
const DISK_BYTES_MIN = 256 * 2 ** 20;

/**
 * One screen: health, counts, what waits for a person and why, what runs, and the strategies that
 * need attention first.
 *
 * @param all every strategy and every open cycle instead of a screen.
 */
export function statusText(
  status: StoreStatus,
  health: Health,
  { address, all }: { readonly address: string; readonly all: boolean },
): string {
  const part = <T>(items: readonly T[], rows: number): readonly T[] =>
    all ? items : items.slice(0, rows);
  const waits = status.cycles['awaiting-operator'] + status.retrains['awaiting-operator'];
  const runs = status.cycles.running + status.retrains.running;
  const champions = status.strategies.filter(({ champion }) => champion !== null).length;
  const blocks = [
    [
      `${pc.bold('store')}       ${address}, ${shortTime(status.at)} UTC`,
      `${pc.bold('health')}      ${healthText(health)}`,
      `${pc.bold('cycles')}      ${countsText(status.cycles)}`,
      `${pc.bold('retrains')}    ${countsText(status.retrains)}`,
      `${pc.bold('strategies')}  ${String(status.strategies.length)}, ${String(champions)} with a champion`,
    ].join('\n'),
  ];
  const waiting = part(status.waiting, WAITING_ROWS);
  if (waiting.length > 0) {
    const rows = waiting.map((each) => [
      each.cycleId,
      each.stage,
      age(each.ageSeconds * 1000),
      each.cause,
    ]);
    blocks.push(
      `${pc.bold('waiting for a person')}${more(waiting.length, waits)}\n` +
        `${table(['cycle', 'stage', 'waits for', 'cause'], rows, 3)}\n` +
        'Decide with `strategy-loop cycle retry|skip|abort <cycle> --reason "..."`',
    );
  }
  const running = part(status.running, RUNNING_ROWS);
  if (running.length > 0) {
    const rows = running.map((each) => [
      each.cycleId,
      each.stage ?? '',
      age(each.ageSeconds * 1000),
    ]);
    blocks.push(
      `${pc.bold('running')}${more(running.length, runs)}\n${table(['cycle', 'stage', 'for'], rows)}`,
    );
  }
  const strategies = part(status.strategies, STRATEGY_ROWS);
  if (strategies.length > 0) {
    const head = ['strategy', 'champion', 'since (UTC)', 'cycles', 'last window', 'state'];
    blocks.push(
      `${pc.bold('strategies')}${more(strategies.length, status.strategies.length)}\n` +
        table(head, strategies.map(strategyRow)),
    );
  }
  return blocks.join('\n\n');
}

function strategyRow(strategy: StrategyState): string[] {
  const { champion, championSince, cycles, lastWindow, lastState } = strategy;
  return [
    strategy.strategyId,
    champion === null ? 'none' : `release ${String(champion)}`,
    shortTime(championSince),
    String(Object.values(cycles).reduce((sum, count) => sum + count, 0)),
    lastWindow === null ? '' : `${lastWindow.from} to ${lastWindow.to}`,
    lastState ?? 'no cycle yet',
  ];
}

function more(shown: number, of: number): string {
  return shown < of ? ` (${String(shown)} of ${String(of)}; --all shows the others)` : '';
}

function countsText(counts: StateCounts): string {
  return [
    `${String(counts.running)} running`,
    `${String(counts['awaiting-operator'])} waiting for a person`,
    `${String(counts.completed)} completed`,
    `${String(counts.aborted)} aborted`,
  ].join(', ');
}

function healthText({ postgres, temporal, workers, freeBytes }: Health): string {
  const word = (ok: boolean): string => (ok ? pc.green('ok') : pc.red('DOWN'));
  const suspended = (pids: string): string =>
    `${pc.red('SUSPENDED')} (pid ${pids}): \`kill -CONT ${pids}\` wakes it`;
  const parts = [`Postgres ${word(postgres.ok)} (${String(postgres.ms)} ms)`];
  if (temporal.ok === null) parts.push('Temporal not running');
  else if (temporal.suspendedPid === null) {
    parts.push(`Temporal ${word(temporal.ok)} (${temporal.address ?? ''})`);
  } else parts.push(`Temporal ${suspended(String(temporal.suspendedPid))}`);
  const { stopped } = workers;
  if (stopped.length > 0) parts.push(`worker ${suspended(stopped.join(' '))}`);
  else if (workers.ok !== null) {
    parts.push(
      workers.ok
        ? `worker ${word(true)} (pid ${workers.pids.join(', ')})`
        : `worker ${word(false)}: nothing takes work`,
    );
  }
  if (freeBytes !== null && freeBytes < DISK_BYTES_MIN) {
    parts.push(`disk ${pc.red('FULL')} (${(freeBytes / 2 ** 20).toFixed(0)} MiB left)`);
  }
  return parts.join(', ');
}
