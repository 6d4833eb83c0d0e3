import type { Command } from 'commander';
import { scheduleId } from '../../schemas/ids.ts';
import { withCommonOptions, withFormat } from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { age, createOutput, table } from '../output.ts';
import { viewSchedule } from '../schedule-view.ts';
import type { ScheduleView } from '../schedule-view.ts';
import { missingSchedule, withScheduler } from '../with-scheduler.ts';

export function addScheduleViews(schedule: Command): void {
  withFormat(withCommonOptions(schedule.command('list')))
    .description('list schedules, how many windows are done and missing, and what waits')
    .addHelpText('after', '\nExample:\n  strategy-loop schedule list --json')
    .action(listSchedules);
  withCommonOptions(schedule.command('show'))
    .description('show one schedule: its next starts, missing windows, dropped and skipped starts')
    .requiredOption('--strategy <id>', 'which strategy')
    .addHelpText('after', '\nExample:\n  strategy-loop schedule show --strategy rsi-macd')
    .action(showSchedule);
}

async function listSchedules(options: ListOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withScheduler(options, async (session) => {
    const schedules: ScheduleView[] = [];
    for await (const { scheduleId: id } of session.client.schedule.list()) {
      // Other schedules of the same server are none of our business.
      if (!id.startsWith('schedule/')) continue;
      const described = await session.client.schedule.getHandle(id).describe();
      schedules.push(await viewSchedule(session, described));
    }
    const rows = schedules.map((row) => [
      row.scheduleId,
      row.paused ? 'paused' : 'active',
      row.next[0] ?? '',
      windowsText(row),
      row.windows === null ? '' : String(row.windows.missing),
      row.waiting === null ? '' : `${row.waiting.stage}, ${age(row.waiting.ageMs)}`,
      String(row.skippedOverlap),
      String(row.missedCatchUp),
    ]);
    const head = [
      'schedule',
      'state',
      'next',
      'windows',
      'missing',
      'waiting',
      'skipped',
      'missed',
    ];
    output.list({ schedules }, { head, rows });
  });
}

function windowsText({ windows }: ScheduleView): string {
  return windows === null ? '' : `${String(windows.completed)}/${String(windows.expected)}`;
}

async function showSchedule(options: CommonOptions & { strategy: string }): Promise<void> {
  const output = createOutput(options.json);
  await withScheduler(options, async (session) => {
    const id = scheduleId(options.strategy);
    const described = await session.client.schedule
      .getHandle(id)
      .describe()
      .catch((error: unknown) => {
        throw missingSchedule(error, id);
      });
    const view = await viewSchedule(session, described);
    output.answer(view, viewText(view));
  });
}

function viewText(view: ScheduleView): string {
  const { windows, waiting } = view;
  const lines = [
    ['state', `${view.paused ? 'paused' : 'active'}${view.note === '' ? '' : ` (${view.note})`}`],
    ['clock', view.clock],
    ['window', view.window ?? 'from one start to the next'],
    ['next starts', view.next.join(', ')],
    ['running', view.running.join(', ') || 'nothing'],
    ['last completed window ended', view.lastCompletedTo ?? 'none yet'],
    ['windows', windows === null ? notCounted(view) : `${windowsText(view)} done`],
    ['windows without bars', String(windows?.withoutBars ?? '')],
    ['missing windows', missingText(view)],
    ['starts dropped after the catch-up time', String(view.missedCatchUp)],
    ['starts skipped by overlap', String(view.skippedOverlap)],
    [
      'waiting for a person',
      waiting === null
        ? 'nothing'
        : `${waiting.cycleId} at ${waiting.stage} for ${age(waiting.ageMs)}: ${waiting.cause}`,
    ],
  ];
  return table([view.scheduleId, ''], lines);
}

/** Why windows are not counted. */
function notCounted({ clock, window, due }: ScheduleView): string {
  if (window !== null) {
    return clock === 'replay'
      ? 'not counted before the first start has read the feed'
      : 'none is over yet';
  }
  return due === null
    ? 'not counted: nothing is due'
    : `not counted: the next start runs ${due.from} up to its own day`;
}

function missingText({ windows, lastCompletedTo }: ScheduleView): string {
  if (windows === null) return 'not counted';
  if (windows.missing === 0) return 'none';
  const first = windows.firstMissing.slice(0, 3).map(({ from, to }) => `${from} to ${to}`);
  const never = lastCompletedTo === null ? ' (no window has run yet)' : '';
  return `${String(windows.missing)}${never}, the first: ${first.join(', ')}`;
}
