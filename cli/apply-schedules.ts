import type { Client } from '@temporalio/client';
import { recordSchedule } from '../adapters/postgres/managed-strategies.ts';
import type { ManagedStrategy } from '../adapters/postgres/managed-strategies.ts';
import { scheduleId } from '../schemas/ids.ts';
import type { ScheduleSettings } from '../schemas/schedule-settings.ts';
import type { WantedStrategy } from '../schemas/strategies-file.ts';
import { DEFAULT_SEED } from './defaults.ts';
import type { Session } from './session.ts';
import {
  deleteSchedule,
  putSchedule,
  readSchedule,
  schedulePartsOf,
} from './temporal-schedules.ts';
import type { SeenSchedule } from './temporal-schedules.ts';

export interface ScheduleChange {
  readonly strategyId: string;
  readonly action: 'create' | 'update' | 'pause' | 'resume' | 'delete';
}

/** What has to happen in Temporal, from what is there. Schedules made by hand are left alone. */
export async function planSchedules(
  client: Client,
  managed: ReadonlyMap<string, ManagedStrategy>,
  {
    wanted,
    changed,
  }: { readonly wanted: readonly WantedStrategy[]; readonly changed: ReadonlySet<string> },
): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  const ids = new Set<string>();
  for (const { settings, schedule } of wanted) {
    const { strategyId } = settings;
    ids.add(strategyId);
    const lastSeen = managed.get(strategyId)?.scheduleSeen ?? null;
    if (schedule === null) {
      if (lastSeen !== null) changes.push({ strategyId, action: 'delete' });
      continue;
    }
    const seen = await readSchedule(client, strategyId);
    const isCurrent = !changed.has(strategyId) && seen?.hash === lastSeen;
    const action = actionOf(schedule, seen, isCurrent);
    if (action !== null) changes.push({ strategyId, action });
  }
  for (const { strategyId, scheduleSeen } of managed.values()) {
    if (ids.has(strategyId) || scheduleSeen === null) continue;
    changes.push({ strategyId, action: 'delete' });
  }
  return changes;
}

/** @param isCurrent nothing has changed since the schedule was brought to what was wanted. */
function actionOf(
  { paused }: ScheduleSettings,
  seen: SeenSchedule | null,
  isCurrent: boolean,
): ScheduleChange['action'] | null {
  if (seen === null) return 'create';
  if (!isCurrent) return 'update';
  if (paused === undefined || paused === seen.isPaused) return null;
  return paused ? 'pause' : 'resume';
}

/** Carries out one change, and records what Temporal holds then. */
export async function changeSchedule(
  { client, pool }: Session,
  { strategyId, action }: ScheduleChange,
  wanted: WantedStrategy | null,
  actor: string,
): Promise<void> {
  const schedule = wanted?.schedule ?? null;
  if (wanted === null || schedule === null) {
    await deleteSchedule(client, strategyId);
    await recordSchedule(pool, strategyId, null);
    return;
  }
  const note = `applied by ${actor}`;
  if (action === 'create' || action === 'update') {
    const seed = wanted.settings.seed ?? DEFAULT_SEED;
    const parts = schedulePartsOf(strategyId, schedule, { seed, actor });
    await putSchedule(client, strategyId, parts, { paused: schedule.paused ?? false, note });
  }
  await setPaused(client, strategyId, schedule.paused, note);
  const seen = await readSchedule(client, strategyId);
  if (seen !== null) await recordSchedule(pool, strategyId, seen.hash);
}

/** Left out, pausing is left to operators. */
async function setPaused(
  client: Client,
  strategyId: string,
  paused: boolean | undefined,
  note: string,
): Promise<void> {
  const seen = await readSchedule(client, strategyId);
  if (paused === undefined || seen === null || seen.isPaused === paused) return;
  const handle = client.schedule.getHandle(scheduleId(strategyId));
  if (paused) await handle.pause(note);
  else await handle.unpause(note);
}
