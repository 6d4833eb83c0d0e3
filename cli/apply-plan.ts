import { listManaged, lockManaged } from '../adapters/postgres/managed-strategies.ts';
import {
  recordChanges,
  removeManaged,
  upsertManaged,
} from '../adapters/postgres/managed-strategies.ts';
import type { ManagedStrategy } from '../adapters/postgres/managed-strategies.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { listStrategyIds, readStrategy, upsertStrategy } from '../adapters/postgres/strategies.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { implementationOf } from '../schemas/settings.ts';
import type { StrategyDescription, StrategySettings } from '../schemas/settings.ts';
import type { WantedStrategy } from '../schemas/strategies-file.ts';
import { changeSchedule, planSchedules } from './apply-schedules.ts';
import type { ScheduleChange } from './apply-schedules.ts';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';
import { diffFields } from './settings-diff.ts';
import type { StrategyChange } from './settings-diff.ts';

/** Everything that applying a file would do. */
export interface ApplyPlan {
  readonly changes: readonly StrategyChange[];
  readonly schedules: readonly ScheduleChange[];
}

/** What the store holds of strategies, as far as a settings file can change it. */
interface StoreView {
  readonly settings: ReadonlyMap<string, StrategySettings>;
  readonly managed: ReadonlyMap<string, ManagedStrategy>;
}

async function readStore(client: Queryable): Promise<StoreView> {
  const settings = new Map<string, StrategySettings>();
  for (const id of await listStrategyIds(client)) {
    settings.set(id, (await readStrategy(client, id)).settings);
  }
  const managed = await listManaged(client);
  return { settings, managed: new Map(managed.map((each) => [each.strategyId, each])) };
}

function changesOf(store: StoreView, wanted: readonly WantedStrategy[]): StrategyChange[] {
  const changes: StrategyChange[] = [];
  for (const { settings, schedule } of wanted) {
    const { strategyId } = settings;
    const before = store.settings.get(strategyId);
    const managed = store.managed.get(strategyId);
    const isManaged = managed !== undefined && !managed.isRemoved;
    const fields = diffFields(
      before === undefined
        ? null
        : { settings: before, schedule: isManaged ? managed.schedule : null },
      { settings, schedule },
    );
    if (before !== undefined && !isManaged) {
      fields.unshift({ field: 'described by a file', from: false, to: true });
    }
    if (fields.length === 0) continue;
    changes.push({ strategyId, kind: before === undefined ? 'create' : 'update', fields });
  }
  const ids = new Set(wanted.map(({ settings }) => settings.strategyId));
  for (const { strategyId, isRemoved } of store.managed.values()) {
    if (ids.has(strategyId) || isRemoved) continue;
    changes.push({ strategyId, kind: 'remove', fields: [] });
  }
  return changes;
}

/** Compares a file with the store and with Temporal, and changes nothing. */
export async function planApply(
  session: Session,
  wanted: readonly WantedStrategy[],
): Promise<ApplyPlan> {
  const store = await readStore(session.pool);
  const changes = changesOf(store, wanted);
  const changed = new Set(changes.map(({ strategyId }) => strategyId));
  const schedules = await planSchedules(session.client, store.managed, { wanted, changed });
  return { changes, schedules };
}

/**
 * Carries out a plan that was shown: the store in one transaction, then the schedules. When it is
 * interrupted in between, applying the same file again does the rest.
 *
 * @throws {CommandError} when the store has changed since the plan was made; nothing is written.
 */
export async function carryOut(
  session: Session,
  plan: ApplyPlan,
  {
    wanted,
    descriptions,
    actor,
  }: {
    readonly wanted: readonly WantedStrategy[];
    readonly descriptions: readonly StrategyDescription[];
    readonly actor: string;
  },
): Promise<void> {
  const byId = new Map(wanted.map((each) => [each.settings.strategyId, each]));
  await inTransaction(session.pool, async (client) => {
    await lockManaged(client);
    refuseOutdated(plan, changesOf(await readStore(client), wanted));
    for (const { strategyId, fields } of plan.changes) {
      const each = byId.get(strategyId);
      if (each === undefined) {
        await removeManaged(client, strategyId);
      } else {
        await upsertStrategy(client, {
          settings: each.settings,
          description: descriptionOf(each, descriptions),
        });
        await upsertManaged(client, strategyId, each.schedule);
      }
      await recordChanges(client, strategyId, { actor, changes: fields });
    }
  });
  for (const change of plan.schedules) {
    await changeSchedule(session, change, byId.get(change.strategyId) ?? null, actor);
  }
}

function refuseOutdated({ changes }: ApplyPlan, now: readonly StrategyChange[]): void {
  if (JSON.stringify(changes) === JSON.stringify(now)) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    'settings were changed by somebody else since the difference was shown; nothing was changed. ' +
      'Apply the file again.',
  );
}

function descriptionOf(
  { settings }: WantedStrategy,
  descriptions: readonly StrategyDescription[],
): StrategyDescription {
  const implementation = implementationOf(settings);
  const found = descriptions.find(({ strategyId }) => strategyId === implementation);
  if (found === undefined) throw new Error(`${implementation} was checked before`);
  return found;
}
