import { age, createOutput, fixed, percent, shortTime, table, wrapped } from '../../cli/output.ts';

function printed(print: () => void): string {
  let text = '';
  const original = process.stdout.write.bind(process.stdout);
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  Object.assign(process.stdout, { write });
  try {
    print();
  } finally {
    Object.assign(process.stdout, { write: original });
  }
  return text;
}

const COLUMNS = {
  head: ['cycle', 'cause'],
  rows: [
    ['cycle/a/1_2', 'line 7: "open", is\nmissing'],
    ['cycle/a/2_3', ''],
  ],
};

describe('a list', () => {
  it('is CSV that a spreadsheet reads back', () => {
    const text = printed(() => {
      createOutput(false, 'csv').list({ cycles: [] }, COLUMNS);
    });

    expect(text).toBe('cycle,cause\ncycle/a/1_2,"line 7: ""open"", is\nmissing"\ncycle/a/2_3,\n');
  });

  it.each([[createOutput(true)], [createOutput(false, 'json')], [createOutput(true, 'csv')]])(
    'is one document with --json or --format json',
    (output) => {
      const text = printed(() => {
        output.list({ cycles: [1] }, COLUMNS);
      });

      expect(JSON.parse(text)).toEqual({ cycles: [1] });
    },
  );
});

describe('a table', () => {
  it('cuts nothing: what is too long goes on in the next line', () => {
    const cause = 'because '.repeat(60).trim();

    const text = table(['id', 'cause'], [['a', cause]], 1);

    expect(text).not.toContain('…');
    expect(text.match(/because/g)).toHaveLength(60);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(160);
  });

  it('breaks words only where there is no space', () => {
    expect(wrapped('one two three', 8)).toBe('one two\nthree');
    expect(wrapped('abcdefghij', 4)).toBe('abcd\nefgh\nij');
    expect(wrapped('short', 8)).toBe('short');
  });
});

describe('age', () => {
  it.each([
    [0, '0 ms'],
    [59.9, '59 s'],
    [0.25, '250 ms'],
    [60, '1 min'],
    [7_980, '2 h 13 min'],
    [86_400, '1 d'],
    [266_400, '3 d 2 h'],
    [-5, '0 ms'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(age(seconds * 1000)).toBe(text);
  });
});

describe('shortTime', () => {
  it('keeps the minute', () => {
    expect(shortTime('2026-11-21T07:36:57.618Z')).toBe('2026-11-21 07:36');
    expect(shortTime(null)).toBe('');
  });
});

describe('a figure', () => {
  it.each([
    [-0.0004, '0.0 %', '0.00'],
    [-0, '0.0 %', '0.00'],
    [-0.0006, '-0.1 %', '0.00'],
    [0.1234, '+12.3 %', '0.12'],
    [-1.5, '-150.0 %', '-1.50'],
  ])('%d has a sign only where a digit is left', (value, asPercent, asFixed) => {
    expect([percent(value), fixed(value)]).toEqual([asPercent, asFixed]);
  });
});
