import Table from 'cli-table3';
import pc from 'picocolors';
import type { CommandError } from './command-error.ts';

/** How a command speaks: text for people on a terminal, or one JSON document on stdout. */
export interface Output {
  readonly json: boolean;
  /** Progress and remarks, on stderr; silent with `--json` unless stderr is a terminal. */
  note(text: string): void;
  /** The command's answer: text for people, or the document with `--json`. */
  answer(document: unknown, text: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    note(text) {
      if (!json || process.stderr.isTTY) process.stderr.write(`${text}\n`);
    },
    answer(document, text) {
      process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
    },
  };
}

/** What a failed command answers with `--json`. */
export function printErrorDocument({ exitCode, message, found }: CommandError): void {
  const document = { ...found, error: { exitCode, message } };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** The one way in which a command fails. */
export function printError(error: CommandError, json: boolean): void {
  if (json) printErrorDocument(error);
  process.stderr.write(`${pc.red('error:')} ${error.message}\n`);
}

/** A table without inner lines; the first row is the header. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const blank = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const drawn = new Table({
    head: [...head],
    chars: {
      ...blank,
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      right: '',
      middle: '  ',
    },
    style: {
      head: process.stdout.isTTY ? ['bold'] : [],
      border: [],
      'padding-left': 0,
      'padding-right': 0,
    },
  });
  for (const row of rows) drawn.push([...row]);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `0.1234` as `+12.3 %`. */
export function percent(fraction: number | null): string {
  if (fraction === null) return 'n/a';
  const sign = fraction > 0 ? '+' : '';
  return `${sign}${(fraction * 100).toFixed(1)} %`;
}

export function fixed(value: number | null, digits = 2): string {
  return value === null ? 'n/a' : value.toFixed(digits);
}
