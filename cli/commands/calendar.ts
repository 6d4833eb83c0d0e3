import { InvalidArgumentError, type Command } from 'commander';
import type { CloseOptions, ShowOptions } from '../data/calendar.ts';
import { day, withActor, withCommonOptions } from '../options.ts';

/** `strategy-loop calendar …`: when an exchange is open. */
export function addCalendarCommands(program: Command): void {
  const calendar = program
    .command('calendar')
    .description('see and correct exchange calendars')
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop calendar show XNYS --from 2026-12-01 --to 2027-01-01',
    );
  withCommonOptions(calendar.command('show'))
    .description(
      'list the sessions of an exchange, with half days and holidays, and what is closed',
    )
    .argument('<exchange>', 'XNYS, XNSE or XBOM')
    .option('--from <day>', 'first day', day, `${thisYear()}-01-01`)
    .option('--to <day>', 'day after the last', day, `${thisYear(1)}-01-01`)
    .addHelpText(
      'after',
      '\nWithout --from and --to it shows this year.' +
        '\n\nExamples:\n  strategy-loop calendar show XNYS' +
        '\n  strategy-loop calendar show XNYS --from 2026-11-23 --to 2026-12-01',
    )
    .action(async (exchange: string, options: ShowOptions) => {
      const { showCalendar } = await import('../data/calendar.ts');
      await showCalendar(exchange, options);
    });
  addOverride(calendar, 'close', 'say that an exchange is closed on a day against its calendar');
  addOverride(calendar, 'reopen', 'take back what `calendar close` said');
}

/** This year in UTC, or a later one. */
function thisYear(later = 0): string {
  return String(new Date().getUTCFullYear() + later);
}

function addOverride(calendar: Command, action: 'close' | 'reopen', description: string): void {
  withActor(withCommonOptions(calendar.command(action)))
    .description(description)
    .argument('<exchange>', 'XNYS, XNSE or XBOM')
    .argument('<day>', 'YYYY-MM-DD', day)
    .requiredOption('--reason <text>', 'why; kept in the record', reason)
    .addHelpText(
      'after',
      `\nExample:\n  strategy-loop calendar ${action} XNYS 2026-11-24 --reason "state funeral"`,
    )
    .action(async (exchange: string, on: string, options: CloseOptions) => {
      const { overrideDay } = await import('../data/calendar.ts');
      await overrideDay(exchange, on, action, options);
    });
}

function reason(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('it must say why.');
}
