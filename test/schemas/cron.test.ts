import { cronProblem } from '../../schemas/cron.ts';

describe('cronProblem', () => {
  it.each([
    '0 */12 * * *',
    '30 2 * * 2-6',
    '0,30 9-16 1 jan mon-fri',
    '5/15 * * * *',
    '0 0 29 2 *',
    '0 0 31 * *',
    '0 0 30,31 feb,apr *',
    ' 0  2 * * 7 ',
  ])('takes %j', (text) => {
    expect(cronProblem(text)).toBeNull();
  });

  it.each([
    ['99 2 * * *', 'minute must be from 0 to 59, not 99'],
    ['0 25 * * *', 'hour must be from 0 to 23, not 25'],
    ['0 2 0 * *', 'day of the month must be from 1 to 31, not 0'],
    ['0 2 * 13 *', 'month must be from 1 to 12 or jan to dec, not 13'],
    ['mon 2 * * *', 'minute must be from 0 to 59, not mon'],
    ['0 2 * * fri-mon', 'weekday "fri-mon" runs backwards'],
    ['*/0 * * * *', 'the step of minute must be from 1 to 59, not 0'],
    ['*/90 * * * *', 'the step of minute must be from 1 to 59, not 90'],
    ['0 2 * * mon#2', 'weekday must be *, a value, a range or a list of them, not "mon#2"'],
    ['30 2 31 2 *', 'never happens: no month of "2" has a day "31"'],
    ['0 0 30-31 feb *', 'never happens: no month of "feb" has a day "30-31"'],
    ['0 0 31 4,6,9,11 *', 'never happens'],
    ['', 'and has 0'],
    ['* * * *', 'must be five fields (minute hour day month weekday)'],
    ['* * * * * *', 'and has 6'],
    ['@daily', 'and has 1'],
  ])('says of %j what is wrong: %s', (text, problem) => {
    expect(cronProblem(text)).toContain(problem);
  });
});
