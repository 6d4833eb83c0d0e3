import type { LauncherKind } from './task-queue.ts';
import type { Window } from './window.ts';

/** Workflow id of a cycle, and the cycle's id in the store. Starting one window twice is refused. */
export function cycleId(strategyId: string, window: Window): string {
  return `cycle/${strategyId}/${window.from}_${window.to}`;
}

/** Workflow id of a replay: cycles one after another over history. */
export function replayId(strategyId: string, first: string, stepMonths: number): string {
  return `replay/${strategyId}/${first}_P${String(stepMonths)}M`;
}

/** Workflow id of a back-fill over past windows: one per strategy at a time. */
export function backfillId(strategyId: string): string {
  return `backfill/${strategyId}`;
}

/** Under this name the job of one feed reading is kept; each run of a workflow reads anew. */
export function feedReadId(strategyId: string, runId: string): string {
  return `feed/${strategyId}/${runId}`;
}

/** Workflow id of a strategy's rollout, an entity: one per strategy, for ever. */
export function rolloutId(strategyId: string): string {
  return `rollout/${strategyId}`;
}

/** Workflow id of a manual retrain, and its id in the store. */
export function retrainId(strategyId: string, requestId: string): string {
  return `retrain/${strategyId}/${requestId}`;
}

/** Schedule and workflow id of the look for what ended workflows left behind. */
export function clearOrphansId(launcher: LauncherKind): string {
  return `clear-orphans/${launcher}`;
}

/** Schedule id of a strategy's cycles. */
export function scheduleId(strategyId: string): string {
  return `schedule/${strategyId}`;
}

/** Workflow id of a scheduled start; the server appends the scheduled time. */
export function scheduledCycleId(strategyId: string): string {
  return `scheduled/${strategyId}`;
}

/** Workflow id of the final report over some strategies. */
export function reportId(requestId: string): string {
  return `report/${requestId}`;
}
