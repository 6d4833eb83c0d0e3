import type { JobTable } from './job.ts';

/** Every job of this program, each in a file named after its type. */
export const JOBS: JobTable = {
  'collect/fetch': () => import('../collect/fetch.ts'),
  'trade/walk': () => import('../trade/walk.ts'),
  'analyze/measure': () => import('../analyze/measure.ts'),
  'analyze/report': () => import('../analyze/report.ts'),
  'retrain/score': () => import('../retrain/score.ts'),
  'retrain/search': () => import('../retrain/search.ts'),
  'retrain/train': () => import('../retrain/train.ts'),
  'roll-out/evaluate': () => import('../roll-out/evaluate.ts'),
  'check/strategy': () => import('../check/strategy.ts'),
  'check/contract': () => import('../check/contract.ts'),
  'describe/places': () => import('../describe/places.ts'),
  'backtest/part': () => import('../backtest/part.ts'),
  'backtest/finish': () => import('../backtest/finish.ts'),
  'describe/strategies': () => import('../describe/strategies.ts'),
};
