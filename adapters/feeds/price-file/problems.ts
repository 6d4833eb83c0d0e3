import type { DataProblem } from '../../../schemas/dataset.ts';

/** Remarks that refuse a file: it has no meaning, or more than one. */
export const REFUSAL_CODES = [
  'empty-file',
  'no-rows',
  'encoding',
  'line-too-long',
  'wrong-delimiter',
  'missing-header',
  'repeated-header',
  'missing-column',
  'duplicate-column',
  'field-count',
  'unclosed-quote',
  'not-a-number',
  'not-finite',
  'not-positive',
  'negative-volume',
  'high-below-low',
  'outside-range',
  'bad-date',
  'duplicate-timestamp',
  'out-of-order',
  'future-date',
  'mixed-time-zones',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Remarks that never change data; a person or a setting judges them. */
export const WARNING_CODES = [
  'unknown-column',
  'gap',
  'price-jump',
  'stale',
  'weekend',
  'utc-offset-changes',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/**
 * Refusals and warnings that are listed at most, of each; the rest is only counted. Beyond it the
 * first remark of a code is listed all the same, so that no code is hidden by many of another.
 */
export const PROBLEMS_LISTED_MAX = 100;

/** Longest quotation of a cell, in characters. */
const VALUE_LENGTH_MAX = 80;

/** Where and what, without the code. */
export interface Remark {
  /** Physical line from 1. */
  readonly line: number;
  readonly column?: string;
  readonly value?: string;
  /** Half a sentence: `1400 is below low 1420`. */
  readonly message: string;
}

/**
 * A bounded list of remarks in the order of the file, and how many there were in all. At most one
 * remark a code more than `PROBLEMS_LISTED_MAX` is kept.
 */
export class ProblemList<Code extends string> {
  private readonly listed: DataProblem[] = [];
  private readonly codes = new Set<string>();
  total = 0;

  add(code: Code, remark: Remark): void {
    this.total += 1;
    if (this.listed.length < PROBLEMS_LISTED_MAX || !this.codes.has(code)) {
      this.codes.add(code);
      const { line, column, value, message } = remark;
      this.listed.push({
        code,
        line,
        column: column === undefined ? null : quotation(column),
        value: value === undefined ? null : quotation(value),
        message,
      });
    }
  }

  /** Takes over the remarks of another list. */
  merge(other: ProblemList<Code>): void {
    this.total += other.total;
    this.listed.push(...other.listed);
  }

  /** @returns the first remarks by line, and the first of each code. */
  first(): DataProblem[] {
    const codes = new Set<string>();
    return this.listed.toSorted(byLine).filter(({ code }, index) => {
      const isFirst = !codes.has(code);
      codes.add(code);
      return isFirst || index < PROBLEMS_LISTED_MAX;
    });
  }
}

function byLine(one: DataProblem, other: DataProblem): number {
  return one.line - other.line;
}

/** A cell as shown to people: cut to a length that fits a message. */
export function quotation(text: string): string {
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX)}…`;
}
