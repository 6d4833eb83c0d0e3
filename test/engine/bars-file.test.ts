import { formatBars, readBars } from '../../engine/bars-file.ts';
import { BARS_HEADER } from '../../schemas/bar.ts';
import { randomBars } from '../support/bars.ts';

const ROW = '2012-01-03,1,2,0.5,1.5,100';

function file(...rows: string[]): string {
  return `${[BARS_HEADER, ...rows].join('\n')}\n`;
}

describe('readBars', () => {
  it('reads back what formatBars wrote', () => {
    const bars = randomBars(50);

    expect(readBars(formatBars(bars))).toEqual(bars);
  });

  it('reads instants as well as days', () => {
    const [bar] = readBars(file('2012-01-03T14:30:00Z,1,1,1,1,0'));

    expect(bar?.time).toBe('2012-01-03T14:30:00Z');
  });

  it('reads a file without bars', () => {
    expect(readBars(file())).toEqual([]);
  });

  it.each([
    ['another header', 'date,open\n', 'line 1: must be time,open'],
    ['a truncated file', file(ROW).slice(0, -1), 'line 2: must end with a newline'],
    ['a missing cell', file('2012-01-03,1,2,0.5,1.5'), 'line 2: must have 6 cells, was 5'],
    ['a word for a number', file('2012-01-03,1,2,0.5,x,1'), 'close must be a canonical number'],
    ['an empty cell', file('2012-01-03,1,2,0.5,,1'), 'close must be a canonical number'],
    ['another spelling', file('2012-01-03,1.0,2,0.5,1,1'), 'open must be a canonical number'],
    ['NaN', file('2012-01-03,1,2,0.5,1,NaN'), 'volume must be a canonical number'],
    ['high below close', file('2012-01-03,1,1.4,0.5,1.5,1'), 'must have 0 < low'],
    ['low above open', file('2012-01-03,1,2,1.1,1.5,1'), 'must have 0 < low'],
    ['a price of 0', file('2012-01-03,1,2,0,1.5,1'), 'must have 0 < low'],
    ['a negative volume', file('2012-01-03,1,2,0.5,1.5,-1'), 'must have 0 < low'],
    ['another date form', file('3.1.2012,1,2,0.5,1.5,1'), 'time must be a day or a UTC instant'],
    ['the same bar twice', file(ROW, ROW), 'line 3: time must be later than 2012-01-03'],
    ['bars out of order', file(ROW, '2012-01-02,1,2,0.5,1.5,1'), 'line 3: time must be later'],
    ['days and instants mixed', file(ROW, '2012-01-04T00:00:00Z,1,1,1,1,1'), 'of the same form'],
  ])('refuses %s', (_case, text, message) => {
    expect(() => readBars(text)).toThrow(message);
  });
});
