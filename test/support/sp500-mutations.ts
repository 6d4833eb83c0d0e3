import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { vegaDatasetsPath } from '../../adapters/feeds/vega-datasets.ts';

/** One change to the S&P 500 file. */
export interface Mutation {
  readonly kind: string;
  /** The changed file; a function, so that a failed property prints no half megabyte. */
  readonly bytes: () => Buffer;
}

const BYTES = readFileSync(vegaDatasetsPath());
const LINES = BYTES.toString('utf8').trimEnd().split('\n');
const LAST = LINES.length - 1;
const DATE = 0;
const ADJUSTED = 5;
const NEEDED = [0, 1, 2, 3, 4, 6];

const row = fc.integer({ min: 1, max: LAST });
const column = fc.constantFrom(...NEEDED);
const price = fc.constantFrom(1, 2, 3, 4);

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}

function cellsOf(line: number): string[] {
  return (LINES[line] ?? '').split(',');
}

/** The file with some cells of one line written anew. */
function withCells(line: number, change: (cells: string[]) => readonly string[]): Buffer {
  return bytesOf(LINES.with(line, change(cellsOf(line)).join(',')));
}

function withCell(line: number, at: number, change: (cell: string) => string): Buffer {
  return withCells(line, (cells) => cells.with(at, change(cells[at] ?? '')));
}

function everywhere(change: (cells: string[]) => readonly string[]): Buffer {
  return bytesOf(LINES.map((_line, at) => change(cellsOf(at)).join(',')));
}

function isWeekday(date: string): boolean {
  return new Date(date).getUTCDay() % 6 !== 0;
}

type Generators = Record<string, fc.Arbitrary<Buffer>>;

/**
 * Changes that break the form, the order or a bound of the policy, wherever they fall: a reader
 * that keeps to the policy remarks on each of them.
 */
const SEEN: Generators = {
  'a cell dropped': fc
    .tuple(row, column)
    .map(([at, cell]) => withCells(at, (cells) => cells.toSpliced(cell, 1))),
  'a cell doubled': fc
    .tuple(row, column)
    .map(([at, cell]) => withCells(at, (cells) => cells.toSpliced(cell, 0, cells[cell] ?? ''))),
  'a cell emptied': fc.tuple(row, column).map(([at, cell]) => withCell(at, cell, () => '')),
  'a letter in a cell': fc
    .tuple(row, column, fc.constantFrom('x', 'O', 'l', '_', '%', '$', '\u00a0', '٣'), fc.nat(20))
    .map(([at, cell, letter, place]) =>
      withCell(at, cell, (text) => {
        const cut = Math.min(place, text.length);
        return `${text.slice(0, cut)}${letter}${text.slice(cut)}`;
      }),
    ),
  'a sign turned': fc
    .tuple(row, fc.constantFrom(1, 2, 3, 4, 6))
    .map(([at, cell]) => withCell(at, cell, (text) => `-${text}`)),
  'an open or close in another unit': fc
    .tuple(row, fc.constantFrom(1, 4), fc.constantFrom(0.01, 0.1, 10, 100))
    .map(([at, cell, factor]) => withCell(at, cell, (text) => String(Number(text) * factor))),
  'a whole row in another unit': fc
    .tuple(row, fc.constantFrom(0.01, 0.1, 10, 100))
    .map(([at, factor]) =>
      withCells(at, (cells) =>
        cells.map((text, cell) => (cell > DATE && cell < 5 ? String(Number(text) * factor) : text)),
      ),
    ),
  'high and low exchanged': row
    .filter((at) => cellsOf(at)[2] !== cellsOf(at)[3])
    .map((at) =>
      withCells(at, ([d = '', o = '', h = '', l = '', ...rest]) => [d, o, l, h, ...rest]),
    ),
  'two rows exchanged': fc
    .tuple(row, row)
    .filter(([one, other]) => one !== other)
    .map(([one, other]) =>
      bytesOf(LINES.with(one, LINES[other] ?? '').with(other, LINES[one] ?? '')),
    ),
  'a row repeated': fc
    .tuple(row, row)
    .filter(([from, to]) => to >= from)
    .map(([from, to]) => bytesOf(LINES.toSpliced(to + 1, 0, LINES[from] ?? ''))),
  'a row moved': fc
    .tuple(row, row)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => bytesOf(LINES.toSpliced(from, 1).toSpliced(to, 0, LINES[from] ?? ''))),
  'rows of nine days missing': fc
    .integer({ min: 2, max: LAST - 12 })
    .map((from) => bytesOf(LINES.toSpliced(from, 9))),
  'the header again': row.map((at) => bytesOf(LINES.toSpliced(at + 1, 0, LINES[0] ?? ''))),
  'no header': fc.constant(bytesOf(LINES.slice(1))),
  'a column dropped': column.map((cell) => everywhere((cells) => cells.toSpliced(cell, 1))),
  'a column renamed': column.map((cell) => withCell(0, cell, (name) => `${name}2`)),
  'a column doubled': column.map((cell) => everywhere((cells) => [...cells, cells[cell] ?? ''])),
  'another delimiter': fc
    .constantFrom(';', '\t', '|')
    .map((sign) => Buffer.from(BYTES.toString('utf8').replaceAll(',', sign))),
  'decimal commas': row.map((at) =>
    bytesOf(LINES.with(at, (LINES[at] ?? '').replaceAll('.', ','))),
  ),
  'another way to write a day': fc
    .tuple(row, fc.constantFrom('/', '.', ''))
    .map(([at, sign]) => withCell(at, DATE, (text) => text.replaceAll('-', sign))),
  'a day in the future': row.map((at) => withCell(at, DATE, (text) => text.replace(/^../, '29'))),
  'a day on a weekend or on another row': fc
    .tuple(row, fc.integer({ min: -400, max: 400 }))
    .map(([at, days]): [number, string] => {
      const ms = Date.parse(cellsOf(at)[DATE] ?? '') + days * 86_400_000;
      return [at, new Date(ms).toISOString().slice(0, 10)];
    })
    .filter(([at, day]) => {
      const isBetween = (cellsOf(at - 1)[DATE] ?? '') < day && day < (cellsOf(at + 1)[DATE] ?? '9');
      // The first and the last row have a neighbor on one side only, and the header is none.
      return at > 1 && at < LAST && !(isBetween && isWeekday(day));
    })
    .map(([at, day]) => withCell(at, DATE, () => day)),
  'a time in one row': fc
    .tuple(row, fc.constantFrom('T00:00Z', 'T00:00', ' 00:00:00+00:00'))
    .map(([at, time]) => withCell(at, DATE, (text) => text + time)),
  'an open quote': fc
    .tuple(row, column)
    .map(([at, cell]) => withCell(at, cell, (text) => `"${text}`)),
  'a NUL or a byte that is no UTF-8': fc
    .tuple(fc.nat(BYTES.length - 1), fc.constantFrom(0x00, 0x80, 0xff, 0xc0))
    .map(([at, byte]) =>
      Buffer.concat([BYTES.subarray(0, at), Buffer.of(byte), BYTES.subarray(at)]),
    ),
  'UTF-16': fc.constant(Buffer.from(BYTES.toString('utf8'), 'utf16le')),
  'a blank line inside': fc
    .integer({ min: 1, max: LAST })
    .map((at) => bytesOf(LINES.toSpliced(at, 0, ''))),
  'cut off before the volume': fc
    .tuple(row, fc.integer({ min: 1, max: 200 }))
    .map(([at, length]) => {
      const line = LINES[at] ?? '';
      const cut = Math.max(1, Math.min(length, line.lastIndexOf(',')));
      return Buffer.from(`${LINES.slice(0, at).join('\n')}\n${line.slice(0, cut)}`);
    }),
};

/**
 * Changes after which the file may be as good as before by every rule of the policy: a number
 * within the row's range became another, the file ends after a whole row, a row or two are
 * missing without a gap of more than 7 days, a weekday became a holiday. Only a second source, a
 * calendar or a checksum can tell; the reader must then give exactly what the file says.
 */
const PERHAPS_UNSEEN: Generators = {
  'a byte flipped': fc.tuple(fc.nat(BYTES.length - 1), fc.nat(7)).map(([at, bit]) => {
    const bytes = Buffer.from(BYTES);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    return bytes;
  }),
  'a digit changed': fc.tuple(row, column, fc.nat(9), fc.nat(30)).map(([at, cell, digit, place]) =>
    withCell(at, cell, (text) => {
      const places = [...text.matchAll(/\d/g)].map((match) => match.index);
      const cut = places[place % places.length] ?? 0;
      return `${text.slice(0, cut)}${String(digit)}${text.slice(cut + 1)}`;
    }),
  ),
  'a byte lost': fc
    .nat(BYTES.length - 1)
    .map((at) => Buffer.concat([BYTES.subarray(0, at), BYTES.subarray(at + 1)])),
  'a row lost': row.map((at) => bytesOf(LINES.toSpliced(at, 1))),
  'cut off anywhere': fc.nat(BYTES.length - 1).map((at) => BYTES.subarray(0, at)),
  'a high or low in another unit': fc
    .tuple(row, fc.constantFrom(2, 3), fc.constantFrom(0.1, 10))
    .map(([at, cell, factor]) => withCell(at, cell, (text) => String(Number(text) * factor))),
  'two columns exchanged': fc
    .tuple(price, price)
    .map(([one, other]) =>
      withCells(0, (cells) => cells.with(one, cells[other] ?? '').with(other, cells[one] ?? '')),
    ),
  'a whole number of rows doubled in volume': row.map((at) =>
    withCell(at, 6, (text) => String(Number(text) * 2)),
  ),
};

/** Changes that leave the data as they are. */
const HARMLESS: Generators = {
  'another line end': fc.constant(Buffer.from(BYTES.toString('utf8').replaceAll('\n', '\r\n'))),
  'a byte-order mark': fc.constant(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), BYTES])),
  'another adjusted close': row.map((at) => withCell(at, ADJUSTED, () => '1')),
  'columns in another order': fc.constant(everywhere((cells) => cells.toReversed())),
  'a quoted cell': fc
    .tuple(row, column)
    .map(([at, cell]) => withCell(at, cell, (text) => `"${text}"`)),
  'a number written otherwise': fc
    .tuple(row, price)
    .map(([at, cell]) => withCell(at, cell, (text) => Number(text).toExponential())),
};

function anyOf(generators: Generators): fc.Arbitrary<Mutation> {
  return fc.oneof(
    ...Object.entries(generators).map(([kind, bytes]) =>
      bytes.map((changed) => ({ kind, bytes: () => changed })),
    ),
  );
}

export const seenMutation = anyOf(SEEN);
export const anyMutation = fc.oneof(
  { arbitrary: anyOf(SEEN), weight: 2 },
  { arbitrary: anyOf(PERHAPS_UNSEEN), weight: 2 },
  { arbitrary: anyOf(HARMLESS), weight: 1 },
);

/** Whether a change of this kind may pass with other data. */
export function mayBeUnseen(kind: string): boolean {
  return kind in PERHAPS_UNSEEN;
}

export function isHarmless(kind: string): boolean {
  return kind in HARMLESS;
}
