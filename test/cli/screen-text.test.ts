import { stripVTControlCharacters } from 'node:util';
import type { StoreStatus } from '../../adapters/postgres/status.ts';
import type { Health } from '../../cli/health.ts';
import { statusText } from '../../cli/status-text.ts';
import { summaryText } from '../../cli/summary-text.ts';
import type { StrategySummary } from '../../cli/summary-text.ts';
import type { CycleSummary } from '../../schemas/payload.ts';

const COUNTS = { running: 0, 'awaiting-operator': 0, completed: 0, aborted: 0 };
const STATUS = {
  at: '2026-01-01T00:00:00.000Z',
  cycles: COUNTS,
  retrains: COUNTS,
  waiting: [],
  running: [],
  strategies: [],
} as unknown as StoreStatus;
const HEALTH: Health = {
  postgres: { ok: true, ms: 1 },
  temporal: { ok: true, address: '127.0.0.1:7233', suspendedPid: null },
  freeBytes: 2 ** 32,
  workers: { ok: true, pids: [12], stopped: [] },
};

function healthLine(health: Partial<Health>): string {
  const text = stripVTControlCharacters(
    statusText(STATUS, { ...HEALTH, ...health }, { address: 'here', all: false }),
  );
  return text.split('\n').find((line) => line.includes('Postgres')) ?? '';
}

describe('statusText', () => {
  it('says what is well, and nothing of a disk with room', () => {
    expect(healthLine({})).toContain('worker ok (pid 12)');
    expect(healthLine({})).not.toContain('disk');
    expect(healthLine({ freeBytes: null })).not.toContain('disk');
  });

  it('says that the disk is full, before a server stops for it', () => {
    expect(healthLine({ freeBytes: 10 * 2 ** 20 })).toContain('disk FULL (10 MiB left)');
  });

  it('tells a suspended server from one that is gone', () => {
    const temporal = { ...HEALTH.temporal, ok: false };

    expect(healthLine({ temporal })).toContain('Temporal DOWN');
    expect(healthLine({ temporal: { ...temporal, suspendedPid: 7 } })).toContain(
      'Temporal SUSPENDED (pid 7): `kill -CONT 7` wakes it',
    );
  });
});

describe('summaryText', () => {
  const stage = { status: 'completed', ms: 1 };
  const cycle = {
    window: { from: '2012-01-01', to: '2013-01-01' },
    championVersion: 1,
    challenger: { version: null, outcome: 'kept', reason: 'Refused: no gain' },
    stages: { collect: stage, trade: stage, analyze: stage, retrain: stage, rollOut: stage },
  } as unknown as CycleSummary;
  const strategies: StrategySummary[] = [{ strategy: 'a', cycles: [cycle, cycle], contest: null }];

  it.each([
    [0, '2 cycles in 3.0 s.'],
    [1, '2 cycles, 1 kept from before, in 3.0 s.'],
    [2, '2 cycles, all kept from before, in 3.0 s.'],
  ])('says what was run now when %d were kept', (kept, expected) => {
    expect(summaryText(strategies, { report: 'r.html', seconds: 3, kept })).toContain(expected);
  });
});
