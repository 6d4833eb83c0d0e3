import { createAnalyzeActivities } from './analyze.ts';
import { createBackfillActivities } from './backfill.ts';
import { createCloseEndedActivities } from './close-ended.ts';
import { createCollectActivities } from './collect.ts';
import { createCycleActivities } from './cycle.ts';
import { createFeedActivities } from './feed.ts';
import { createGateActivities } from './gate.ts';
import { createReportActivities } from './report.ts';
import { createRetrainActivities } from './retrain.ts';
import { createRollOutActivities } from './roll-out.ts';
import { createScheduleActivities } from './schedule.ts';
import type { StoreDeps } from './store-deps.ts';
import { createTradeActivities } from './trade.ts';

export type StoreActivities = ReturnType<typeof createStoreActivities>;

/** Every activity of a `store` worker: they reach the database and start no job. */
export function createStoreActivities(deps: StoreDeps) {
  return {
    ...createCycleActivities(deps),
    ...createCollectActivities(deps),
    ...createTradeActivities(deps),
    ...createAnalyzeActivities(deps),
    ...createRetrainActivities(deps),
    ...createRollOutActivities(deps),
    ...createGateActivities(deps),
    ...createReportActivities(deps),
    ...createFeedActivities(deps),
    ...createBackfillActivities(deps),
    ...createScheduleActivities(deps),
    ...createCloseEndedActivities(deps),
  };
}
