import type { BarFact } from '../../adapters/postgres/bar-facts.ts';
import { factRows, factTables } from '../../cli/data/fact-tables.ts';

function fact(kind: BarFact['kind'], time: string, detail: BarFact['detail']): BarFact {
  const noticedAt = '2012-10-24T09:30:00.000Z';
  return { kind, time, revision: kind === 'revision' ? 2 : 1, detail, noticedAt, filledAt: null };
}

const LATE = fact('late-bar', '2012-10-23', { expectedAt: '2012-10-24T00:00:00.000Z' });
const REVISED = fact('revision', '2012-10-22', {
  before: [10, 11, 9, 10, 1],
  after: [10, 11, 9, 10.5, 2],
});

describe('factTables', () => {
  it('lists gaps, late bars and revisions, with what changed', () => {
    const gaps = [{ from: '2012-10-25', last: '2012-10-26', missing: 2 }];

    const text = factTables({ gaps, late: [LATE], revisions: [REVISED] }).join('\n');

    expect(text).toMatch(/2012-10-25 +2012-10-26 +2/);
    expect(text).toMatch(/2012-10-23 +2012-10-24 00:00 +2012-10-24 09:30/);
    expect(text).toMatch(/2012-10-22 +2 +2012-10-24 09:30 +close 10 -> 10.5, volume 1 -> 2/);
  });

  it('has no table for a kind that there is none of', () => {
    expect(factTables({ gaps: [], late: [], revisions: [REVISED] })).toHaveLength(1);
  });

  it('says how many it does not list', () => {
    const late = Array.from({ length: 23 }, () => LATE);

    expect(factTables({ gaps: [], late, revisions: [] })[0]).toContain('and 3 before');
  });
});

describe('factRows', () => {
  it('puts all facts into one table, a row each, and cuts none off', () => {
    const gaps = [{ from: '2012-10-25', last: '2012-10-26', missing: 2 }];
    const late = Array.from({ length: 23 }, () => LATE);

    const { head, rows } = factRows({ gaps, late, revisions: [REVISED] });

    expect(rows.every((row) => row.length === head.length)).toBe(true);
    expect(rows).toHaveLength(25);
    expect(rows[0]).toEqual(['gap', '2012-10-25', '2012-10-26', '2', '', '', '', '']);
    expect(rows[1]?.slice(0, 7)).toEqual([
      ...['late-bar', '2012-10-23', '2012-10-23', '1', ''],
      ...['2012-10-24T00:00:00.000Z', '2012-10-24T09:30:00.000Z'],
    ]);
    expect(rows[24]?.slice(4)).toEqual([
      ...['2', '', '2012-10-24T09:30:00.000Z', 'close 10 -> 10.5, volume 1 -> 2'],
    ]);
  });
});
