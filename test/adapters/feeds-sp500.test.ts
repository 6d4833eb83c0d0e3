import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  PriceFileReader,
  readPriceFile,
  type PriceFile,
} from '../../adapters/feeds/read-price-file.ts';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';
import type { Bar } from '../../schemas/bar.ts';

const NOW = '2026-01-01';
const BYTES = readFileSync(vegaDatasetsPath());
const LINES = BYTES.toString('utf8').split('\n');
const FILE = readPriceFile(BYTES, { now: NOW });
const COLUMNS = ['date', 'open', 'high', 'low', 'close', 'adjclose', 'volume'];

/** Numbers as the policy writes them down; one of these has exactly one meaning. */
const NUMBER = /^[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*$/;

function withCell(row: number, column: number, text: string): Buffer {
  const cells = (LINES[row + 1] ?? '').split(',');
  cells[column] = text;
  return Buffer.from(LINES.with(row + 1, cells.join(',')).join('\n'));
}

/** What a change to the file did, in words: comparing 5,105 objects one by one is slow in Jest. */
function effectOf({ report, bars }: PriceFile): string {
  if (report.verdict === 'refuse') {
    return `refused at line ${String(report.problems[0]?.line)}`;
  }
  const changes = FILE.bars.flatMap((bar, row) => {
    const now = bars[row];
    const keys = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
    const differing = keys.filter((key) => !Object.is(now?.[key], bar[key]));
    return differing.map((key) => `row ${String(row)} has ${key} ${String(now?.[key])}`);
  });
  const more = bars.length === FILE.bars.length ? [] : [`${String(bars.length)} bars`];
  return [...changes, ...more].join(', ') || 'nothing changed';
}

const rowIndex = fc.integer({ min: 0, max: FILE.bars.length - 1 });

/** Texts that look like what they replace, and texts that look like nothing. */
const cellText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('0', '1', '4', '9', '.', '-', '+', 'e', 'E', ' ', ','),
      maxLength: 12,
    }),
    fc.double().map(String),
    fc.integer({ min: 700, max: 3000 }).map(String),
    fc.constantFrom(
      '',
      'NaN',
      'null',
      '-',
      '0',
      '-0',
      '1e3',
      ' 1400 ',
      '"1400"',
      '1.400,00',
      '1_400',
    ),
    fc
      .date({ min: new Date('1999-01-01'), max: new Date('2021-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
  )
  // A carriage return at the end of the last cell is half of a line end.
  .filter((text) => !text.includes('\r'));

describe('the S&P 500 file', () => {
  it('is accepted without remark', () => {
    expect(FILE.report).toEqual({
      verdict: 'accept',
      rows: 5105,
      from: '2000-01-03',
      to: '2020-04-17',
      problems: [],
    });
    expect(FILE.bars).toHaveLength(5105);
  });

  it('gives the same bars however it is cut into chunks', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 60, maxLength: 90 });
    fc.assert(
      fc.property(cuts, (sizes) => {
        const reader = new PriceFileReader({ now: NOW });
        const bars: Bar[] = [];
        let at = 0;
        for (const size of sizes) {
          bars.push(...reader.push(BYTES.subarray(at, at + size)));
          at += size;
        }
        bars.push(...reader.push(BYTES.subarray(at)));
        const end = reader.end();

        expect(end.report).toEqual(FILE.report);
        expect(effectOf({ ...end, bars: [...bars, ...end.bars] })).toBe('nothing changed');
      }),
      { numRuns: 6 },
    );
  }, 30_000);

  it('with one number changed is refused at that line, or read as exactly what it says', () => {
    const column = fc.constantFrom(1, 2, 3, 4, 6);
    fc.assert(
      fc.property(rowIndex, column, cellText, (row, at, text) => {
        const changed = readPriceFile(withCell(row, at, text), { now: NOW });
        const written = text.replace(/^[ \t]*"(.*)"[ \t]*$/, '$1');
        const value = NUMBER.test(written) ? Number(written) : null;

        expect([
          `refused at line ${String(row + 2)}`,
          `row ${String(row)} has ${COLUMNS[at] ?? ''} ${String(value)}`,
          'nothing changed',
        ]).toContain(effectOf(changed));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('with one date changed is refused there or one row later, or keeps its order', () => {
    fc.assert(
      fc.property(rowIndex, cellText, (row, text) => {
        const changed = readPriceFile(withCell(row, 0, text), { now: NOW });
        const isBetween =
          (FILE.bars[row - 1]?.time ?? '') < text && text < (FILE.bars[row + 1]?.time ?? '9');

        expect([
          `refused at line ${String(row + 2)}`,
          `refused at line ${String(row + 3)}`,
          isBetween ? `row ${String(row)} has time ${text}` : '',
          'nothing changed',
        ]).toContain(effectOf(changed));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('with two rows exchanged or one repeated is refused at the later row', () => {
    fc.assert(
      fc.property(
        rowIndex.filter((row) => row > 0),
        fc.boolean(),
        (row, repeat) => {
          const here = LINES[row + 1] ?? '';
          const before = LINES[row] ?? '';
          const lines = LINES.with(row + 1, before);
          const changed = (repeat ? lines : lines.with(row, here)).join('\n');
          const { report } = readPriceFile(changed, { now: NOW });

          expect(report.problems[0]).toMatchObject({
            code: repeat ? 'duplicate-timestamp' : 'out-of-order',
            line: row + 2,
          });
        },
      ),
      { numRuns: 15 },
    );
  }, 30_000);
});
