import { readFileSync } from 'node:fs';
import {
  calendarCodes,
  loadCalendar,
  UnknownCalendarError,
} from '../../adapters/calendars/load-calendar.ts';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import { sessionsBetween } from '../../engine/sessions.ts';
import type { ExchangeCalendar } from '../../schemas/calendar.ts';

const SP500_DAYS = readFileSync(vegaDatasetsPath(), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.slice(0, 10));

/** Days on which a calendar and the S&P 500 file differ. */
function differences(calendar: ExchangeCalendar): string[] {
  const span = { from: '2000-01-03', to: '2020-04-18' };
  const sessions = [...sessionsBetween(calendar, span)].map(({ day }) => day);
  const both = new Set([...sessions, ...SP500_DAYS]);
  return [...both].filter((day) => sessions.includes(day) !== SP500_DAYS.includes(day)).sort();
}

describe('the calendars', () => {
  it.each(calendarCodes())('%s says from where it is and lists each day once, in order', (code) => {
    const calendar = loadCalendar(code);
    const weekday = (day: string): boolean => new Date(day).getUTCDay() % 6 !== 0;

    expect(calendar).toMatchObject({ code, version: expect.stringMatching(/ \d+\.\d+/) });
    for (const days of [
      calendar.holidays,
      calendar.extraSessions,
      Object.keys(calendar.otherHours),
    ]) {
      expect(days).toEqual([...new Set(days)].sort());
    }
    expect(calendar.holidays.filter((day) => !weekday(day))).toEqual([]);
    expect(calendar.extraSessions.filter(weekday)).toEqual([]);
    expect(calendar.validFrom <= '2000-01-01' && calendar.validTo >= '2026-12-31').toBe(true);
  });

  it('XNYS has a session on exactly the days of the S&P 500 file', () => {
    expect(differences(loadCalendar('XNYS'))).toEqual([]);
  });

  it('would notice a holiday that is missing, and one too many', () => {
    const real = loadCalendar('XNYS');
    const lacks = { ...real, holidays: real.holidays.filter((day) => day !== '2012-10-29') };
    const invents = { ...real, holidays: [...real.holidays, '2012-10-31'] };

    expect(differences(lacks)).toEqual(['2012-10-29']);
    expect(differences(invents)).toEqual(['2012-10-31']);
  });

  it('are found by the usual name of the exchange, in any case', () => {
    expect(loadCalendar('nyse')).toBe(loadCalendar('XNYS'));
    expect(loadCalendar('NSE').code).toBe('XNSE');
  });

  it('are not found by any other name', () => {
    expect(() => loadCalendar('../xnys')).toThrow(UnknownCalendarError);
    expect(() => loadCalendar('LSE')).toThrow('known: NYSE, BSE, NSE, XBOM, XNSE, XNYS');
    expect(() => loadCalendar('nyze')).toThrow('did you mean "NYSE"?');
    expect(() => loadCalendar('tokyo')).not.toThrow('did you mean');
  });
});
