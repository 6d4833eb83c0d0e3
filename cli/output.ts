import Table from 'cli-table3';
import pc from 'picocolors';
import { clearLines } from './live-lines.ts';
import type { CommandError } from './command-error.ts';

/** How a list is printed. */
export type Format = 'table' | 'json' | 'csv';

/** How much a command says beside its answer. */
export type Volume = 'quiet' | 'normal' | 'verbose';

/** How a command speaks: text for people on a terminal, or one JSON document on stdout. */
export interface Output {
  readonly json: boolean;
  /** Progress and remarks, on stderr; silent with `--quiet`, and with `--json` off a terminal. */
  note(text: string): void;
  /** What a command waits for or goes without, on stderr; silent with `--quiet` alone. */
  warn(text: string): void;
  /** Steps and times, on stderr, for `--verbose` only. */
  detail(text: string): void;
  /** The command's answer: text for people, or the document with `--json`. */
  answer(document: unknown, text: string): void;
  /**
   * The answer of a list: a table, the document, or CSV (RFC 4180) with the table's columns.
   *
   * @param text for people, where they are shown something else than the table.
   */
  list(document: unknown, columns: Columns, text?: string): void;
}

/** Rows of a list. */
export interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Index of the column that is wrapped when the terminal is too narrow. */
  readonly wrap?: number;
}

const startedAt = performance.now();
let volume: Volume = 'normal';

/** Sets how much every command of this process says. */
export function setVolume(chosen: Volume): void {
  volume = chosen;
}

export function isQuiet(): boolean {
  return volume === 'quiet';
}

export function isVerbose(): boolean {
  return volume === 'verbose';
}

/** @param format of lists; `json` counts like `--json`. */
export function createOutput(asJson: boolean, format: Format = 'table'): Output {
  const json = asJson || format === 'json';
  const print = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const output: Output = {
    json,
    note(text) {
      if (json && !process.stderr.isTTY && volume !== 'verbose') return;
      output.warn(text);
    },
    warn(text) {
      if (volume === 'quiet') return;
      clearLines();
      process.stderr.write(`${text}\n`);
    },
    detail(text) {
      if (volume !== 'verbose') return;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(3);
      process.stderr.write(`${pc.dim(`${seconds} s`)} ${text}\n`);
    },
    answer(document, text) {
      print(json ? JSON.stringify(document, null, 2) : text);
    },
    list(document, columns, text) {
      if (!json && format === 'csv') print(csv(columns));
      else output.answer(document, text ?? table(columns.head, columns.rows, columns.wrap));
    },
  };
  return output;
}

/** What a failed command answers with `--json`. */
export function printErrorDocument({ exitCode, message, found }: CommandError): void {
  const document = { ...found, error: { exitCode, message } };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** The one way in which a command fails; `--verbose` adds what was underneath. */
export function printError(error: CommandError, json: boolean): void {
  // One document on stdout, never two.
  if (json && !error.isAnswered) printErrorDocument(error);
  process.stderr.write(`${pc.red('error:')} ${error.message}\n`);
  if (!isVerbose()) return;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`${pc.dim('because:')} ${cause.stack ?? cause.message}\n`);
  }
}

function csv({ head, rows }: Columns): string {
  const cell = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\n');
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);
const GAP = 2;
/** Off a terminal a line is as wide as this, and a wrapped column never narrower than that. */
const WIDTH = 160;
const WRAPPED_MIN = 30;

/**
 * A table without inner lines; the first row is the header.
 *
 * @param wrap column whose text goes on in further lines when the row would be too long: nothing
 *   is ever cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  wrap?: number,
): string {
  const drawn = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: ' '.repeat(GAP) },
    style: {
      head: process.stdout.isTTY ? ['bold'] : [],
      border: [],
      'padding-left': 0,
      'padding-right': 0,
    },
  });
  const room = wrap === undefined ? 0 : roomFor(wrap, [head, ...rows]);
  for (const row of rows) {
    drawn.push(row.map((text, index) => (index === wrap ? wrapped(text, room) : text)));
  }
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function roomFor(wrap: number, rows: readonly (readonly string[])[]): number {
  const width = process.stdout.isTTY ? process.stdout.columns : WIDTH;
  const others = (rows[0] ?? [])
    .map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
    .filter((_, index) => index !== wrap);
  return Math.max(
    WRAPPED_MIN,
    others.reduce((room, each) => room - each - GAP, width),
  );
}

/** Breaks a text into lines of at most `width` characters, at spaces where there are some. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let rest = paragraph;
    while (rest.length > width) {
      const space = rest.lastIndexOf(' ', width);
      const at = space > 0 ? space : width;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
    lines.push(rest);
  }
  return lines.join('\n');
}

/** `0.1234` as `+12.3 %`. */
export function percent(fraction: number | null): string {
  if (fraction === null) return 'n/a';
  const sign = fraction > 0 ? '+' : '';
  return `${sign}${rounded(fraction * 100, 1)} %`;
}

export function fixed(value: number | null, digits = 2): string {
  return value === null ? 'n/a' : rounded(value, digits);
}

/** What rounds to zero has no sign. */
function rounded(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');
}

/** `2026-11-21T07:36:57.618Z` as `2026-11-21 07:36`, in UTC; empty for null. */
export function shortTime(time: string | null): string {
  return time?.slice(0, 16).replace('T', ' ') ?? '';
}

/** A span of time for people, in its two largest units: `3 d 4 h`, `5 min 2 s`, `120 ms`. */
export function age(span: number): string {
  const ms = Math.max(0, span);
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const first = units.findIndex(([, size]) => ms >= size);
  const large = units[first];
  if (large === undefined) return `${ms.toFixed(0)} ms`;
  const small = units[first + 1];
  const count = Math.floor(ms / large[1]);
  const rest = small === undefined ? 0 : Math.floor((ms - count * large[1]) / small[1]);
  const text = `${String(count)} ${large[0]}`;
  return rest === 0 || small === undefined ? text : `${text} ${String(rest)} ${small[0]}`;
}
