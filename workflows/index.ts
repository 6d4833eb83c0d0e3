export { backfill } from './backfill.ts';
export { clearOrphans } from './clear-orphans.ts';
export { loopReport } from './loop-report.ts';
export { replayLoop } from './replay-loop.ts';
export { retrainNow } from './retrain-now.ts';
export { rollout } from './rollout.ts';
export { scheduledCycle } from './scheduled-cycle.ts';
export { strategyCycle } from './strategy-cycle.ts';
