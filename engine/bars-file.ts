import { BARS_HEADER, type Bar } from '../schemas/bar.ts';

/** A bars file that is not in canonical form. `line` counts from 1. */
export class BarsFileError extends Error {
  override readonly name = 'BarsFileError';
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${String(line)}: ${problem}`);
    this.line = line;
  }
}

const COLUMNS = BARS_HEADER.split(',');
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$/;

/**
 * Bars in canonical form: the header, one line a bar, oldest first, every number as JavaScript
 * prints it, a newline after each line. One content has exactly one form, so its hash is its id.
 */
export function formatBars(bars: readonly Bar[]): string {
  return `${BARS_HEADER}\n${formatBarLines(bars)}`;
}

/** The same without the header, for bars that are written piece by piece. */
export function formatBarLines(bars: readonly Bar[]): string {
  let text = '';
  for (const { time, open, high, low, close, volume } of bars) {
    text += `${time},${String(open)},${String(high)},${String(low)},${String(close)},${String(volume)}\n`;
  }
  return text;
}

/**
 * Reads what `formatBars` wrote, and nothing else: it never repairs, sorts or drops.
 *
 * @throws {BarsFileError} at the first line that is not in canonical form, has a value out of its
 *   range, or is not later than the line before.
 */
export function readBars(text: string): Bar[] {
  const lines = text.split('\n');
  if (lines[0] !== BARS_HEADER) {
    throw new BarsFileError(1, `must be ${BARS_HEADER}, was ${shown(lines[0] ?? '')}`);
  }
  if (lines.pop() !== '') {
    throw new BarsFileError(lines.length + 1, 'must end with a newline: the file is truncated');
  }
  const bars: Bar[] = [];
  let previous = '';
  for (let index = 1; index < lines.length; index += 1) {
    const bar = readBar(lines[index] as string, index + 1);
    if (bar.time <= previous || (previous !== '' && bar.time.length !== previous.length)) {
      throw new BarsFileError(
        index + 1,
        `time must be later than ${previous} and of the same form, was ${bar.time}`,
      );
    }
    previous = bar.time;
    bars.push(bar);
  }
  return bars;
}

function readBar(line: string, number: number): Bar {
  const cells = line.split(',');
  if (cells.length !== COLUMNS.length) {
    throw new BarsFileError(
      number,
      `must have ${String(COLUMNS.length)} cells, was ${String(cells.length)}`,
    );
  }
  const [time, ...texts] = cells as [string, ...string[]];
  if (!TIME.test(time)) {
    throw new BarsFileError(number, `time must be a day or a UTC instant, was ${shown(time)}`);
  }
  const [open, high, low, close, volume] = texts.map((cell, column) =>
    readNumber(cell, COLUMNS[column + 1] as string, number),
  ) as [number, number, number, number, number];
  if (low <= 0 || low > Math.min(open, close) || high < Math.max(open, close) || volume < 0) {
    throw new BarsFileError(
      number,
      `must have 0 < low <= open, close <= high and volume >= 0, was ${shown(line)}`,
    );
  }
  return { time, open, high, low, close, volume };
}

function readNumber(cell: string, column: string, line: number): number {
  const value = Number(cell);
  if (!Number.isFinite(value) || String(value) !== cell) {
    throw new BarsFileError(line, `${column} must be a canonical number, was ${shown(cell)}`);
  }
  return value;
}

/** A value as a message may show it: quoted and never long. */
function shown(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
