import type { CycleHistory } from '../../adapters/postgres/history.ts';
import { historyText } from '../../cli/history-text.ts';

/** A cycle whose challenger was kept back without being judged. */
const KEPT: CycleHistory = {
  cycle: {
    cycleId: 'cycle/one/2012-01-01_2013-01-01',
    kind: 'cycle',
    strategyId: 'one',
    window: { from: '2012-01-01', to: '2013-01-01' },
    clock: 'replay',
    seed: 7,
    actor: 'ada',
    trainer: {},
    trainFrom: null,
    status: 'completed',
    championVersion: 1,
    datasetId: null,
    startedAt: '2026-11-21T10:00:00.000Z',
    endedAt: '2026-11-21T10:00:02.000Z',
  },
  stages: [
    {
      stage: 'roll-out',
      status: 'completed',
      startedAt: '2026-11-21T10:00:01.000Z',
      endedAt: '2026-11-21T10:00:02.000Z',
      cause: null,
      acceptedJob: null,
      result: {
        outcome: 'kept',
        reason: 'the champion was trained on the held-out bars',
        version: null,
        releaseId: 'c'.repeat(64),
      },
      consumed: false,
      ms: 1000,
      waitedMs: 0,
    },
  ],
  jobs: [],
  decisions: [],
  challengers: [{ challengerId: 'c'.repeat(64), trials: 40 }],
  gates: [],
  releases: [],
};

describe('historyText', () => {
  it('says why a challenger was kept back that no gate has judged', () => {
    const text = historyText(KEPT);

    expect(text).toContain('not judged by a gate');
    expect(text).toContain('kept: the champion was trained on the held-out bars');
  });

  it('says nothing of a roll-out that has not ended', () => {
    const open = KEPT.stages.map((stage) => ({ ...stage, result: null }));

    expect(historyText({ ...KEPT, stages: open })).not.toContain('kept');
  });
});
