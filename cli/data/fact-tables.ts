import type { BarFact, StoredGap } from '../../adapters/postgres/bar-facts.ts';
import { shortTime, table } from '../output.ts';

/** Facts of one kind that the text lists at most, the newest ones; `--json` has all. */
const SHOWN_MAX = 20;

/** Figures of a bar in the order in which a revision keeps them. */
const FIGURES = ['open', 'high', 'low', 'close', 'volume'];

/** A table for each kind of fact that a series has: gaps, late bars, revisions. */
export function factTables({
  gaps,
  late,
  revisions,
}: {
  readonly gaps: readonly StoredGap[];
  readonly late: readonly BarFact[];
  readonly revisions: readonly BarFact[];
}): string[] {
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
  const rest = hidden === 0 ? '' : `\nand ${String(hidden)} before; --json lists all`;
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
