import { loadCalendar } from '../../adapters/calendars/load-calendar.ts';
import { listClosedDays, recordOverride } from '../../adapters/postgres/calendar-overrides.ts';
import { sessionsBetween } from '../../engine/sessions.ts';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, table } from '../output.ts';
import { withStore } from '../store.ts';

export interface ShowOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
}

/**
 * Prints the sessions of [from, to), the weekdays without one, and the days that were closed against
 * the calendar.
 */
export async function showCalendar(exchange: string, options: ShowOptions): Promise<void> {
  const output = createOutput(options.json);
  const calendar = loadCalendar(exchange);
  const { code, version, source, timeZone, notes, validTo } = calendar;
  const { from, to } = options;
  if (from >= to) {
    throw new CommandError(CommandExitCode.BadInput, `--from ${from} must lie before --to ${to}`);
  }
  // Before a server is started: a span that the calendar does not know ends the command.
  sessionsBetween(calendar, { from, to }).next();
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    const closed = await listClosedDays(pool, code, { from, to });
    const days = new Set(closed.map(({ day }) => day));
    const sessions = [...sessionsBetween(calendar, { from, to }, days)];
    const rows = sessions.map(({ day, open, close, isOtherHours }) => [
      day,
      open,
      close,
      isOtherHours ? 'other hours' : '',
    ]);
    const holidays = calendar.holidays.filter((day) => from <= day && day < to);
    const lines = [
      table(['session', 'open', 'close', ''], rows),
      `holidays: ${holidays.map((day) => `${day} ${weekday(day)}`).join(', ') || 'none'}`,
      ...closed.map(({ day, reason, actor }) => `${day} closed: ${reason} (${actor})`),
      `${code}: ${counted(sessions.length, 'session')}, times of ${timeZone}, ${version}, known to ${validTo}`,
      ...notes,
    ];
    output.answer(
      {
        ...{ calendar: code, version, source, timeZone, validTo, notes },
        ...{ from, to, sessions, holidays, closed },
      },
      lines.join('\n'),
    );
  });
}

function weekday(day: string): string {
  return new Date(day).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' });
}

export interface CloseOptions extends CommonOptions {
  readonly reason: string;
  readonly actor: string;
}

/**
 * Records that an exchange is closed on a day, or that it is open after all.
 *
 * @throws {CommandError} with exit code 65 when the day has no session to close, or is not closed.
 */
export async function overrideDay(
  exchange: string,
  on: string,
  action: 'close' | 'reopen',
  options: CloseOptions,
): Promise<void> {
  const output = createOutput(options.json);
  const calendar = loadCalendar(exchange);
  const { code } = calendar;
  const span = { from: on, to: dayAfter(on) };
  if ([...sessionsBetween(calendar, span)].length === 0) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${code} has no session on ${on} by its calendar, so there is nothing to ${action}`,
    );
  }
  const { reason, actor } = options;
  await withStore({ dataDirectory: options.dataDir, output, upToDate: true }, async (pool) => {
    const [closed] = await listClosedDays(pool, code, span);
    if (action === 'reopen' && closed === undefined) {
      const message = `${code} is not closed on ${on}; see \`calendar show ${code}\``;
      throw new CommandError(CommandExitCode.BadInput, message);
    }
    // Closing a closed day again is one fact, not two.
    const isChange = action === 'reopen' || closed === undefined;
    if (isChange) {
      await recordOverride(pool, { calendar: code, day: on, action, reason, actor });
    }
    const state = action === 'close' ? 'closed' : 'open';
    const was = isChange ? '' : ', as was said before';
    output.answer(
      { calendar: code, day: on, state, isChange, reason, actor },
      `${code} is ${state} on ${on}${was}`,
    );
  });
}

function dayAfter(on: string): string {
  return new Date(Date.parse(on) + 86_400_000).toISOString().slice(0, 10);
}
