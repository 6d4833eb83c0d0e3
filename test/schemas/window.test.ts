import fc from 'fast-check';
import {
  addMonths,
  addSteps,
  parseStep,
  stepOf,
  windowAt,
  windowHolding,
} from '../../schemas/window.ts';

describe('addMonths', () => {
  it.each([
    ['2012-01-01', 12, '2013-01-01'],
    ['2012-11-15', 3, '2013-02-15'],
    ['2012-03-15', -3, '2011-12-15'],
    ['2012-01-01', -13, '2010-12-01'],
    ['2012-05-05', 0, '2012-05-05'],
    // Clipped to the length of the month; 2012 and 2000 are leap years, 2013 and 1900 are not.
    ['2012-01-31', 1, '2012-02-29'],
    ['2013-01-31', 1, '2013-02-28'],
    ['2000-01-30', 1, '2000-02-29'],
    ['1899-12-31', 2, '1900-02-28'],
    ['2012-03-31', 1, '2012-04-30'],
    ['2012-02-29', 12, '2013-02-28'],
  ])('%s and %i months is %s', (date, months, expected) => {
    expect(addMonths(date, months)).toBe(expected);
  });

  it.each(['2012-1-1', '2012-13-01', '2012-01-01T00:00:00Z', 'tomorrow', ''])(
    'refuses %j',
    (date) => {
      expect(() => addMonths(date, 1)).toThrow(RangeError);
    },
  );

  it('refuses a day that its month does not have', () => {
    expect(() => addMonths('2013-02-30', 0)).toThrow(RangeError);
  });

  it('keeps the day of the month up to the 28th, there and back', () => {
    const day = fc
      .tuple(
        fc.integer({ min: 1900, max: 2100 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
      )
      .map(
        ([y, m, d]) => `${String(y)}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`,
      );

    fc.assert(
      fc.property(day, fc.integer({ min: -600, max: 600 }), (date, months) => {
        expect(addMonths(addMonths(date, months), -months)).toBe(date);
      }),
    );
  });
});

describe('windowAt', () => {
  it('gives windows that touch one another and never overlap', () => {
    const windows = [0, 1, 2, 3].map((index) => windowAt('2012-01-01', 12, index));

    expect(windows[0]).toEqual({ from: '2012-01-01', to: '2013-01-01' });
    expect(windows.slice(1).map((window) => window.from)).toEqual(
      windows.slice(0, -1).map((window) => window.to),
    );
  });

  it('does not lose days when the first window starts at the end of a month', () => {
    // Counted from the first window, not from the one before: March is the 31st again.
    expect(windowAt('2012-01-31', 1, 1)).toEqual({ from: '2012-02-29', to: '2012-03-31' });
  });
});

describe('steps', () => {
  it.each([
    ['1d', '2012-02-28', 2, '2012-03-01'],
    ['1w', '2012-01-02', 3, '2012-01-23'],
    ['1mo', '2012-01-31', 1, '2012-02-29'],
    ['3mo', '2012-01-01', 5, '2013-04-01'],
    ['1y', '2012-02-29', 1, '2013-02-28'],
    ['1d', '2012-01-01', 0, '2012-01-01'],
  ])('%s from %s, %i times, is %s', (step, from, count, expected) => {
    expect(addSteps(from, parseStep(step), count)).toBe(expected);
  });

  it.each(['', '1', 'd', '0d', '1.5d', '1000d', '1 d', '1m', 'daily'])('refuse %j', (text) => {
    expect(() => parseStep(text)).toThrow(RangeError);
  });

  it.each([
    ['2012-01-03', '2012-01-04', '1d'],
    ['2012-01-02', '2012-01-16', '2w'],
    ['2012-02-01', '2012-03-01', '1mo'],
    ['2012-01-01', '2012-04-01', '3mo'],
    ['2012-01-01', '2014-01-01', '2y'],
    // 28 days, and no whole month.
    ['2012-01-02', '2012-01-30', '4w'],
  ])('are what a window from %s to %s is long: %s', (from, to, step) => {
    expect(stepOf({ from, to })).toBe(step);
  });

  it('are not what a window of some hours is long', () => {
    expect(stepOf({ from: '2012-01-02T14:30:00.000Z', to: '2012-01-03' })).toBeNull();
  });

  it('tile time: every day lies in exactly the window that is found for it', () => {
    const step = fc.constantFrom('1d', '2d', '1w', '1mo', '3mo', '1y');
    const property = fc.property(step, fc.nat(6000), (text, days) => {
      const first = '2000-01-31';
      const day = addSteps(first, { days: 1 }, days);
      const window = windowHolding(first, parseStep(text), day);

      expect(window.from <= day && day < window.to).toBe(true);
      // Would notice a window that is found by its length alone: neighbours must touch.
      expect(windowHolding(first, parseStep(text), window.from)).toEqual(window);
    });
    fc.assert(property);
  });
});
