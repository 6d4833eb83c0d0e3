import {
  cycleId,
  replayId,
  reportId,
  retrainId,
  rolloutId,
  scheduledCycleId,
  scheduleId,
} from '../../schemas/ids.ts';

const WINDOW = { from: '2012-01-01', to: '2013-01-01' };

describe('ids', () => {
  // Open workflows and stored rows carry these: a change orphans them.
  it.each([
    [cycleId('rsi-macd', WINDOW), 'cycle/rsi-macd/2012-01-01_2013-01-01'],
    [replayId('rsi-macd', '2012-01-01', 12), 'replay/rsi-macd/2012-01-01_P12M'],
    [rolloutId('rsi-macd'), 'rollout/rsi-macd'],
    [retrainId('rsi-macd', 'r1'), 'retrain/rsi-macd/r1'],
    [scheduleId('rsi-macd'), 'schedule/rsi-macd'],
    [scheduledCycleId('rsi-macd'), 'scheduled/rsi-macd'],
    [reportId('r1'), 'report/r1'],
  ])('are stable: %s', (id, expected) => {
    expect(id).toBe(expected);
  });

  it('tell strategies and windows apart', () => {
    const ids = ['rsi-macd', 'ml-forecast'].flatMap((strategy) => [
      cycleId(strategy, WINDOW),
      cycleId(strategy, { ...WINDOW, to: '2012-07-01' }),
    ]);

    expect(new Set(ids).size).toBe(ids.length);
  });
});
