import {
  PriceFileReader,
  readPriceFile,
  type PriceFile,
} from '../../adapters/feeds/read-price-file.ts';
import {
  PROBLEMS_LISTED_MAX,
  REFUSAL_CODES,
  WARNING_CODES,
} from '../../adapters/feeds/price-file/problems.ts';
import { QualityReport } from '../../schemas/dataset.ts';

const NOW = '2026-01-01';
const HEADER = 'date,open,high,low,close,volume';
// Monday to Wednesday.
const ROWS = [
  '2020-01-06,10,12,9,11,100',
  '2020-01-07,11,13,10,12,200',
  '2020-01-08,12,14,11,13,300',
];

function read(...lines: string[]): PriceFile {
  return readPriceFile(`${lines.join('\n')}\n`, { now: NOW });
}

/** The file above with one row exchanged. Line 1 is the header. */
function withLine(line: number, text: string): PriceFile {
  return read(...[HEADER, ...ROWS].map((row, index) => (index + 1 === line ? text : row)));
}

/** Ten days from Monday, 6 January 2020 on, without the weekend. */
function weekdays(count: number): string[] {
  const days: string[] = [];
  for (let index = 0; days.length < count; index += 1) {
    const date = new Date(Date.UTC(2020, 0, 6 + index));
    if (date.getUTCDay() % 6 !== 0) {
      days.push(date.toISOString().slice(0, 10));
    }
  }
  return days;
}

/** Every remark that a file of the policy can get, with its line and column. */
const REFUSALS: [string, string, PriceFile, number, string | null][] = [
  ['empty-file', 'nothing at all', readPriceFile('', { now: NOW }), 1, null],
  ['empty-file', 'blank lines only', read('', '  ', ''), 1, null],
  ['empty-file', 'a byte-order mark only', readPriceFile('\uFEFF', { now: NOW }), 1, null],
  ['no-rows', 'a header only', read(HEADER), 1, null],
  ['encoding', 'Latin-1', bytes(`${HEADER},note\n${ROWS[0] ?? ''},caf\xe9\n`), 2, null],
  ['encoding', 'a NUL', bytes(`${HEADER}\n${ROWS[0] ?? ''}\n2020-01-07,1\0`), 3, null],
  ['encoding', 'UTF-16', readPriceFile(Buffer.from(HEADER, 'utf16le'), { now: NOW }), 1, null],
  ['line-too-long', 'a line over 1 MB', withLine(3, ' '.repeat(1_000_001)), 3, null],
  ['wrong-delimiter', 'semicolons', read(HEADER.replaceAll(',', ';'), ...ROWS), 1, null],
  [
    'wrong-delimiter',
    'semicolons between quoted names',
    read(`"${HEADER.replaceAll(',', '";"')}"`, ...ROWS),
    1,
    null,
  ],
  ['wrong-delimiter', 'tabs', read(HEADER.replaceAll(',', '\t'), ...ROWS), 1, null],
  ['wrong-delimiter', 'blanks', read(HEADER.replaceAll(',', ' '), ...ROWS), 1, null],
  ['wrong-delimiter', 'CR as line end', bytes(`${HEADER}\r${ROWS.join('\r')}`), 1, null],
  ['wrong-delimiter', 'colons', read(HEADER.replaceAll(',', ':'), ...ROWS), 1, null],
  ['encoding', 'UTF-16 with its mark', bytes(`\xff\xfed\0a\0t\0e\0`), 1, null],
  ['encoding', 'big-endian UTF-16', bytes(`\xfe\xff\0d\0a\0t\0e`), 1, null],
  ['encoding', 'a compressed file', bytes('\x1f\x8b\x08\0\0\0\0\0'), 1, null],
  ['bad-date', 'a byte-order mark in the middle', withLine(3, `\uFEFF${ROWS[1] ?? ''}`), 3, 'date'],
  ['missing-header', 'data in line 1', read(...ROWS), 1, null],
  ['missing-header', 'a blank line 1', read('', HEADER, ...ROWS), 1, null],
  ['repeated-header', 'a header in line 3', withLine(3, HEADER.toUpperCase()), 3, null],
  [
    'repeated-header',
    'a header in another order',
    withLine(3, 'volume,close,low,high,open,date'),
    3,
    null,
  ],
  ['repeated-header', 'a header of another file', withLine(3, `${HEADER},adjclose`), 3, null],
  [
    'missing-column',
    'no volume',
    read('date,open,high,low,close', '2020-01-06,1,1,1,1'),
    1,
    'volume',
  ],
  ['missing-column', 'foreign names', read('a,b,c', '1,2,3'), 1, 'date'],
  ['duplicate-column', 'two closes', read(`${HEADER},Close`, `${ROWS[0] ?? ''},1`), 1, 'close'],
  ['field-count', 'a cell too few', withLine(3, '2020-01-07,11,13,10,12'), 3, null],
  ['field-count', 'a cell too many', withLine(3, `${ROWS[1] ?? ''},5`), 3, null],
  ['field-count', 'a blank line inside', withLine(3, ''), 3, null],
  ['field-count', 'a line of no-break spaces at the end', read(HEADER, ...ROWS, '\u00a0'), 5, null],
  [
    'unclosed-quote',
    'a quote that never closes',
    withLine(3, '"2020-01-07,11,13,10,12,200'),
    3,
    null,
  ],
  ['unclosed-quote', 'text behind a quote', withLine(3, '"2020"-01-07,11,13,10,12,200'), 3, null],
  ['unclosed-quote', 'a quote inside a cell', withLine(3, '2020-01-07,1"1",13,10,12,200'), 3, null],
  ['not-a-number', 'a word', withLine(3, '2020-01-07,11,13,abc,12,200'), 3, 'low'],
  ['not-a-number', 'an empty cell', withLine(3, '2020-01-07,11,13,10,,200'), 3, 'close'],
  ['not-a-number', 'NaN', withLine(3, '2020-01-07,NaN,13,10,12,200'), 3, 'open'],
  ['not-a-number', 'Infinity', withLine(3, '2020-01-07,11,Infinity,10,12,200'), 3, 'high'],
  ['not-a-number', 'thousands', withLine(3, '2020-01-07,11,13,10,12,"1,200"'), 3, 'volume'],
  ['not-a-number', 'hexadecimal', withLine(3, '2020-01-07,0x0b,13,10,12,200'), 3, 'open'],
  [
    'not-a-number',
    'digits of another script',
    withLine(3, '2020-01-07,١١,13,10,12,200'),
    3,
    'open',
  ],
  ['not-a-number', 'a no-break space', withLine(3, '2020-01-07,\u00a011,13,10,12,200'), 3, 'open'],
  ['not-finite', 'an overflow', withLine(3, '2020-01-07,11,1e999,10,12,200'), 3, 'high'],
  ['not-positive', 'a price of 0', withLine(3, '2020-01-07,11,13,0,12,200'), 3, 'low'],
  ['not-positive', 'an underflow', withLine(3, '2020-01-07,11,13,1e-999,12,200'), 3, 'low'],
  ['not-positive', 'a negative price', withLine(3, '2020-01-07,-11,13,10,12,200'), 3, 'open'],
  ['negative-volume', 'a negative volume', withLine(3, '2020-01-07,11,13,10,12,-1'), 3, 'volume'],
  ['high-below-low', 'exchanged columns', withLine(3, '2020-01-07,11,10,13,12,200'), 3, 'high'],
  ['outside-range', 'open above high', withLine(3, '2020-01-07,14,13,10,12,200'), 3, 'open'],
  ['outside-range', 'close below low', withLine(3, '2020-01-07,11,13,10,9,200'), 3, 'close'],
  ...[
    '2020-02-30',
    '2020-1-7',
    '07/01/2020',
    '20200107',
    '2020-01-07T24:00',
    '2020-01-07T09:60Z',
    '2020-01-07T09:30+15:00',
    '2020-01-07T09:30:00.0001Z',
    '2020-01-07Z',
    '1577836800',
    '',
  ].map((date): [string, string, PriceFile, number, string] => [
    'bad-date',
    `"${date}"`,
    withLine(3, `${date},11,13,10,12,200`),
    3,
    'date',
  ]),
  ['duplicate-timestamp', 'a day twice', withLine(3, '2020-01-06,11,13,10,12,200'), 3, 'date'],
  [
    'duplicate-timestamp',
    'an instant twice, written in two ways',
    read(HEADER, '2020-01-06T10:00:00+01:00,1,1,1,1,1', '2020-01-06T09:00:00Z,1,1,1,1,1'),
    3,
    'date',
  ],
  ['out-of-order', 'a day too early', withLine(3, '2020-01-05,11,13,10,12,200'), 3, 'date'],
  ['future-date', 'a day after the clock', withLine(4, '2026-01-02,12,14,11,13,300'), 4, 'date'],
  ['mixed-time-zones', 'a day, then a time', withLine(3, '2020-01-07T00:00,1,1,1,1,1'), 3, 'date'],
  [
    'mixed-time-zones',
    'a time without an offset behind one with',
    read(HEADER, '2020-01-06T10:00Z,1,1,1,1,1', '2020-01-06T11:00,1,1,1,1,1'),
    3,
    'date',
  ],
];

const WARNINGS: [string, string, PriceFile, number, string | null][] = [
  ['unknown-column', 'a note', read(`${HEADER},note`, `${ROWS[0] ?? ''},x`), 1, 'note'],
  ['gap', '8 days', withLine(4, '2020-01-15,12,14,11,13,300'), 4, 'date'],
  [
    'gap',
    '8 days between daily times',
    read(HEADER, '2020-01-06T00:00Z,1,1,1,1,1', '2020-01-14T00:00Z,1,1,1,1,1'),
    3,
    'date',
  ],
  ['price-jump', 'a close at 0.59', withLine(4, '2020-01-08,7,8,7,7.08,1'), 4, 'close'],
  ['price-jump', 'a close at 1.67', withLine(4, '2020-01-08,20,21,19,20.04,1'), 4, 'close'],
  [
    'stale',
    '10 equal bars',
    read(HEADER, ...weekdays(10).map((day) => `${day},1,1,1,1,0`)),
    2,
    null,
  ],
  ['weekend', 'a Saturday', withLine(4, '2020-01-11,12,14,11,13,300'), 4, 'date'],
  [
    'utc-offset-changes',
    'summer time',
    read(HEADER, '2020-03-06T16:00-05:00,1,1,1,1,1', '2020-03-09T16:00-04:00,1,1,1,1,1'),
    3,
    'date',
  ],
];

function bytes(latin1: string): PriceFile {
  return readPriceFile(Buffer.from(latin1, 'latin1'), { now: NOW });
}

describe('readPriceFile', () => {
  it('accepts a plain file without remark', () => {
    const file = read(HEADER, ...ROWS);

    expect(file.report).toEqual({
      verdict: 'accept',
      rows: 3,
      from: '2020-01-06',
      to: '2020-01-08',
      problems: [],
    });
    expect(file.bars[1]).toEqual({
      time: '2020-01-07',
      open: 11,
      high: 13,
      low: 10,
      close: 12,
      volume: 200,
    });
  });

  it.each(REFUSALS)('refuses with %s: %s', (code, _what, file, line, column) => {
    expect(file.report.verdict).toBe('refuse');
    expect(file.report.problems[0]).toMatchObject({ code, line, column });
    expect(file.bars).toEqual([]);
    expect(() => QualityReport.parse(file.report)).not.toThrow();
  });

  it.each(WARNINGS)('warns of %s: %s', (code, _what, file, line, column) => {
    expect(file.report.verdict).toBe('accept-with-warning');
    expect(file.report.problems).toHaveLength(1);
    expect(file.report.problems[0]).toMatchObject({ code, line, column });
    expect(file.bars).toHaveLength(file.report.rows);
  });

  it('has a test for every code of the policy', () => {
    expect(new Set(REFUSALS.map(([code]) => code))).toEqual(new Set(REFUSAL_CODES));
    expect(new Set(WARNINGS.map(([code]) => code))).toEqual(new Set(WARNING_CODES));
  });

  it.each([
    ['a byte-order mark', `\uFEFF${HEADER}\n${ROWS.join('\n')}\n`],
    ['CRLF', `${HEADER}\r\n${ROWS.join('\r\n')}\r\n`],
    ['no final newline', `${HEADER}\n${ROWS.join('\n')}`],
    ['blank lines at the end', `${HEADER}\n${ROWS.join('\n')}\n\n  \r\n\n`],
    [
      'quoted cells',
      `${HEADER}\n${ROWS.map((row) => `"${row.replaceAll(',', '","')}"`).join('\n')}`,
    ],
    ['blanks', `${HEADER}\n${ROWS.map((row) => ` ${row.replaceAll(',', '\t , ')}  `).join('\n')}`],
    ['names in capitals', `${HEADER.toUpperCase()}\n${ROWS.join('\n')}`],
    ['other forms of numbers', `${HEADER}\n${ROWS.join('\n').replace(',100', ',+1.0E+02')}`],
  ])('reads the same bars with %s', (_what, text) => {
    const file = readPriceFile(text, { now: NOW });

    expect(file.report).toMatchObject({ verdict: 'accept', rows: 3 });
    expect(file.bars).toEqual(read(HEADER, ...ROWS).bars);
  });

  it('finds columns in any order and leaves the adjusted close alone', () => {
    const file = read('Volume,adjclose,close,LOW,high,open,date', '100,5,11,9,12,10,2020-01-06');

    expect(file.report.verdict).toBe('accept');
    expect(file.bars).toEqual(read(HEADER, ROWS[0] ?? '').bars);
  });

  it('counts physical lines through cells that run over several', () => {
    const file = read(`note,${HEADER}`, `"two\nlines",${ROWS[0] ?? ''}`, `x,${ROWS[0] ?? ''}`);

    expect(file.report.problems[0]).toMatchObject({ code: 'duplicate-timestamp', line: 4 });
  });

  it('writes instants in UTC', () => {
    const file = read(
      HEADER,
      '2020-01-06T09:30:00.500-05:00,1,1,1,1,1',
      '2020-01-06 10:00-0500,1,1,1,1,1',
    );

    expect(file.bars.map((bar) => bar.time)).toEqual([
      '2020-01-06T14:30:00.500Z',
      '2020-01-06T15:00:00.000Z',
    ]);
  });

  it.each([
    ['a step of 7 days', withLine(4, '2020-01-14,12,14,11,13,300')],
    ['the same ratio as the limit', withLine(4, '2020-01-08,7.2,8,7,7.2,1')],
    ['9 equal bars', read(HEADER, ...weekdays(9).map((day) => `${day},1,1,1,1,0`))],
    ['a time on the clock', readPriceFile(`${HEADER}\n2026-01-01,1,1,1,1,1`, { now: NOW })],
    ['a gap in a file of hours', hours()],
    [
      'a week with the change to winter time',
      withoutOffsetRemark('2020-10-30T16:00-04:00,1,1,1,1,1', '2020-11-06T16:00-05:00,1,1,1,1,1'),
    ],
  ])('does not remark on %s', (_what, file) => {
    expect(file.report.problems).toEqual([]);
  });

  it('lists a bounded number of problems, the first of the file first, and counts all', () => {
    const file = read(HEADER, ...weekdays(250).map((day) => `${day},x,1,1,1,1`));

    expect(file.report.problems).toHaveLength(PROBLEMS_LISTED_MAX);
    expect(file.report.problems[0]).toMatchObject({ line: 2 });
    expect(file.refusalsTotal).toBe(250);
  });

  it('lists the first remark of each code behind any number of others', () => {
    const rows = weekdays(250).map((day) => `${day},x,1,1,1,1`);

    const { problems } = read(HEADER, ...rows, rows.at(-1) ?? '', 'soon,1,1,1,1,1').report;

    expect(problems).toHaveLength(PROBLEMS_LISTED_MAX + 2);
    expect(problems.slice(-2)).toMatchObject([
      { code: 'duplicate-timestamp', line: 252 },
      { code: 'bad-date', line: 253 },
    ]);
  });

  it.each([
    ['a date', 'future-date', '2030-01-01T01:00+01:00', '2030-01-01T01:00+01:00,1,1,1,1,1'],
    ['a price', 'high-below-low', '1.50', '2020-01-06T01:00+01:00,2,1.50,2,2,1'],
  ])('shows %s as it stands in the file', (_what, code, value, row) => {
    expect(read(HEADER, row).report.problems[0]).toMatchObject({ code, value });
  });

  it('quotes long cells in part', () => {
    const file = withLine(3, `2020-01-07,${'x'.repeat(5000)},13,10,12,200`);

    expect(JSON.stringify(file.report).length).toBeLessThan(600);
  });

  it('rejects a clock that is no time', () => {
    expect(() => readPriceFile('', { now: 'soon' })).toThrow(TypeError);
  });
});

describe('PriceFileReader', () => {
  it('stops at the limit of a line while it reads, without keeping more of it', () => {
    const reader = new PriceFileReader({ now: NOW });
    reader.push(Buffer.from(`${HEADER}\n`));
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (let count = 0; count < 2_000; count += 1) {
      reader.push(chunk);
    }

    expect(reader.end().report.problems).toEqual([
      expect.objectContaining({ code: 'line-too-long', line: 2 }),
    ]);
  });

  it('limits a quoted cell that runs over many lines', () => {
    const reader = new PriceFileReader({ now: NOW });
    reader.push(Buffer.from(`${HEADER}\n"`));
    const chunk = Buffer.from('xxxxxxx\n'.repeat(8 * 1024));
    for (let count = 0; count < 40; count += 1) {
      reader.push(chunk);
    }

    expect(reader.end().report.problems).toEqual([
      expect.objectContaining({ code: 'unclosed-quote', line: 2 }),
    ]);
  });
});

/** The change of offset is remarked on by itself; here it is left out of sight. */
function withoutOffsetRemark(...rows: string[]): PriceFile {
  const file = read(HEADER, ...rows);
  const problems = file.report.problems.filter(({ code }) => code !== 'utc-offset-changes');
  return { ...file, report: { ...file.report, problems } };
}

function hours(): PriceFile {
  return read(
    HEADER,
    '2020-01-06T10:00Z,1,1,1,1,1',
    '2020-01-06T11:00Z,1,1,1,1,1',
    '2020-01-20T10:00Z,1,1,1,1,1',
  );
}
