import type { BarFact, StoredGap } from '../../adapters/postgres/bar-facts.ts';
import { shortTime, table, type Columns } from '../output.ts';

/** Facts of one kind that the text lists at most, the newest ones; `--format csv` and `--json` have all. */
const SHOWN_MAX = 20;

/** Figures of a bar in the order in which a revision keeps them. */
const FIGURES = ['open', 'high', 'low', 'close', 'volume'];

/** What is known of a series besides its bars. */
export interface Facts {
  readonly gaps: readonly StoredGap[];
  readonly late: readonly BarFact[];
  readonly revisions: readonly BarFact[];
}

/**
 * All facts in one table, for programs: a row each, its kind in front, empty where a column says
 * nothing of that kind, and times as they are stored.
 */
export function factRows({ gaps, late, revisions }: Facts): Columns {
  return {
    head: ['kind', 'from', 'last', 'bars', 'revision', 'expected', 'came', 'changes'],
    rows: [
      ...gaps.map(({ from, last, missing }) => ['gap', from, last, String(missing), ...empty(4)]),
      ...late.map(({ time, noticedAt, detail }) => [
        ...['late-bar', time, time, '1', ''],
        ...[typeof detail['expectedAt'] === 'string' ? detail['expectedAt'] : '', noticedAt, ''],
      ]),
      ...revisions.map(({ time, revision, noticedAt, detail }) => [
        ...['revision', time, time, '1', String(revision), '', noticedAt, changes(detail)],
      ]),
    ],
  };
}

function empty(cells: number): string[] {
  return Array.from({ length: cells }, () => '');
}

/** A table for each kind of fact that a series has: gaps, late bars, revisions. */
export function factTables({ gaps, late, revisions }: Facts): string[] {
  const tables = [
    newest(
      ['first missing', 'last', 'bars'],
      gaps.map(({ from, last, missing }) => [from, last, String(missing)]),
    ),
    newest(
      ['late bar', 'expected (UTC)', 'came (UTC)'],
      late.map(({ time, noticedAt, detail }) => [
        time,
        shortTime(typeof detail['expectedAt'] === 'string' ? detail['expectedAt'] : null),
        shortTime(noticedAt),
      ]),
    ),
    newest(
      ['revised bar', 'revision', 'came (UTC)', 'what changed'],
      revisions.map(({ time, revision, noticedAt, detail }) => [
        time,
        String(revision),
        shortTime(noticedAt),
        changes(detail),
      ]),
    ),
  ];
  return tables.filter((text) => text !== null);
}

function newest(head: readonly string[], rows: readonly (readonly string[])[]): string | null {
  if (rows.length === 0) return null;
  const hidden = Math.max(0, rows.length - SHOWN_MAX);
  const rest =
    hidden === 0 ? '' : `\nand ${String(hidden)} before; --format csv or --json lists all`;
  return `${table(head, rows.slice(hidden))}${rest}`;
}

/** `close 10 -> 20`, for each figure that is not what it was. */
function changes({ before, after }: BarFact['detail']): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return '';
  return FIGURES.map((name, index) => [name, String(before[index]), String(after[index])] as const)
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `${name} ${was} -> ${is}`)
    .join(', ');
}
