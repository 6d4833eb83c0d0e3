import { hasOddQuotes, splitCells, trimBlanks } from './cells.ts';
import { LINE_BYTES_MAX, LineSplitter, type Line } from './line-splitter.ts';
import type { RefusalCode } from './problems.ts';

/** What the bytes say next. Lines are physical ones; a record counts as its first. */
export type RecordEvent =
  | {
      readonly kind: 'record';
      readonly line: number;
      readonly text: string;
      readonly cells: readonly string[];
    }
  /** A blank line with something behind it. */
  | { readonly kind: 'blank'; readonly line: number }
  /** Nothing behind this can be read. */
  | {
      readonly kind: 'unreadable';
      readonly code: RefusalCode;
      readonly line: number;
      readonly message: string;
      /** The line, when its quotes are what cannot be read. */
      readonly text?: string;
    };

/** A record whose quoted cell goes on in the next line. */
interface OpenRecord {
  readonly line: number;
  readonly parts: string[];
  length: number;
}

/**
 * Turns bytes into records of cells. It holds one record at most, of at most `LINE_BYTES_MAX`
 * characters, and splits each record once, so its time grows with the bytes alone.
 */
export class RecordReader {
  private readonly lines = new LineSplitter();
  private open: OpenRecord | null = null;
  private blankLine: number | null = null;

  *push(chunk: Buffer): Generator<RecordEvent> {
    for (const line of this.lines.push(chunk)) {
      yield* this.takeLine(line);
    }
  }

  *end(): Generator<RecordEvent> {
    for (const line of this.lines.end()) {
      yield* this.takeLine(line);
    }
    if (this.open !== null) {
      yield unclosed(this.open.line);
    }
  }

  private *takeLine(line: Line): Generator<RecordEvent> {
    if (line.kind === 'too-long') {
      const message = `the line is longer than ${String(LINE_BYTES_MAX)} bytes`;
      yield { kind: 'unreadable', code: 'line-too-long', line: line.number, message };
    } else if (line.kind === 'encoding') {
      const message = 'the line is not UTF-8 text';
      yield { kind: 'unreadable', code: 'encoding', line: line.number, message };
    } else if (line.text.includes('\r')) {
      const message = 'a lone carriage return; lines must end in LF or CRLF';
      yield { kind: 'unreadable', code: 'wrong-delimiter', line: line.number, message };
    } else if (this.open !== null) {
      yield* this.continueRecord(this.open, line.text);
    } else if (trimBlanks(line.text) === '') {
      this.blankLine ??= line.number;
    } else {
      yield* this.takeText(line.number, line.text);
    }
  }

  private *takeText(number: number, text: string): Generator<RecordEvent> {
    if (this.blankLine !== null) {
      yield { kind: 'blank', line: this.blankLine };
      this.blankLine = null;
    }
    if (hasOddQuotes(text)) {
      this.open = { line: number, parts: [text], length: text.length };
    } else {
      yield recordOf(number, text);
    }
  }

  private *continueRecord(open: OpenRecord, text: string): Generator<RecordEvent> {
    open.parts.push(text);
    open.length += text.length + 1;
    if (open.length > LINE_BYTES_MAX) {
      yield unclosed(open.line);
    } else if (hasOddQuotes(text)) {
      this.open = null;
      yield recordOf(open.line, open.parts.join('\n'));
    }
  }
}

function recordOf(line: number, text: string): RecordEvent {
  const split = splitCells(text);
  if (split.kind === 'cells') {
    return { kind: 'record', line, text, cells: split.cells };
  }
  const message = 'a quoted cell must begin and end at a comma or at an end of the line';
  return { kind: 'unreadable', code: 'unclosed-quote', line, message, text };
}

function unclosed(line: number): RecordEvent {
  const message = 'a quote is opened in this row and never closed';
  return { kind: 'unreadable', code: 'unclosed-quote', line, message };
}
