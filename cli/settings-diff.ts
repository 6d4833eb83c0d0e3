import type { ScheduleSettings } from '../schemas/schedule-settings.ts';
import { implementationOf } from '../schemas/settings.ts';
import type { StrategySettings } from '../schemas/settings.ts';

/** What a settings file says of one strategy. */
export interface Described {
  readonly settings: StrategySettings;
  readonly schedule: ScheduleSettings | null;
}

/** One field that changes; null where there was, or will be, nothing. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface StrategyChange {
  readonly strategyId: string;
  /** `remove` takes it out of the file's care: its schedule goes, its record stays. */
  readonly kind: 'create' | 'update' | 'remove';
  readonly fields: readonly FieldChange[];
}

/** Values by dotted name; lists and empty objects count as values. */
function flatten(value: unknown, name: string, into: Map<string, unknown>): Map<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isObject ? Object.entries(value).filter(([, each]) => each !== undefined) : [];
  if (!isObject || (entries.length === 0 && name !== '')) {
    if (value !== undefined && value !== null) into.set(name, value);
    return into;
  }
  for (const [key, each] of entries) flatten(each, name === '' ? key : `${name}.${key}`, into);
  return into;
}

/** What is left out has a meaning: two descriptions that mean the same are the same. */
function fieldsOf(described: Described | null): Map<string, unknown> {
  if (described === null) return new Map();
  const { settings, schedule } = described;
  const { strategyId: _id, instrument, ...rest } = settings;
  const { instrumentId, ...traded } = instrument;
  const whole = {
    seed: 7,
    retrain: 'every-cycle',
    analyze: 'every-cycle',
    ...rest,
    // By the names of the settings file: that is where they are written and looked for.
    instrument: { id: instrumentId, ...traded },
    implementation: implementationOf(settings),
    schedule,
  };
  return flatten(whole, '', new Map());
}

/** The fields in which two descriptions of a strategy differ, in the order of their names. */
export function diffFields(before: Described | null, after: Described | null): FieldChange[] {
  const [from, to] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .sort()
    .map((field) => ({ field, from: from.get(field) ?? null, to: to.get(field) ?? null }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to));
}

function shown(value: unknown): string {
  if (value === null) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const MARKS = { create: '+', update: '~', remove: '-' } as const;
const TITLES = {
  create: 'new',
  update: 'changes',
  remove: 'is no longer in the file: its schedule goes, its record stays',
} as const;

/** The difference for people: one block a strategy, one line a field. */
export function diffText(changes: readonly StrategyChange[]): string {
  return changes
    .map(({ strategyId, kind, fields }) =>
      [
        `${MARKS[kind]} ${strategyId} ${TITLES[kind]}`,
        ...fields.map(({ field, from, to }) =>
          kind === 'create'
            ? `    ${field}: ${shown(to)}`
            : `    ${field}: ${shown(from)} -> ${shown(to)}`,
        ),
      ].join('\n'),
    )
    .join('\n');
}
