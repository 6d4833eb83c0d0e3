import type { Info } from '@temporalio/activity';

/** What an activity works on, for its log lines; null where it is about no one of them. */
export interface ActivityFields {
  readonly activity: string;
  readonly workflowId: string;
  readonly attempt: number;
  readonly cycleId: string | null;
  readonly stage: string | null;
  readonly releaseId: string | null;
  readonly jobName: string | null;
}

/** Stages by the word that the names of their activities end with. */
const STAGES: readonly (readonly [ending: RegExp, stage: string])[] = [
  [/Collect$/, 'collect'],
  [/Trade$/, 'trade'],
  [/Analyze$/, 'analyze'],
  [/Retrain$/, 'retrain'],
  [/(Evaluate|Challenger|RollOut)$/, 'roll-out'],
];

/** Reads the fields out of an activity's arguments, which carry ids and hashes only. */
export function activityFields(info: Info, args: readonly unknown[]): ActivityFields {
  const find = (name: string): string | null => findText(args, name);
  const [first] = args;
  const named = typeof first === 'string' && /^(cycle|retrain)\//.test(first) ? first : null;
  return {
    activity: info.activityType,
    workflowId: info.workflowExecution?.workflowId ?? '',
    attempt: info.attempt,
    cycleId: find('cycleId') ?? named,
    stage: find('stage') ?? stageOf(info.activityType),
    releaseId: find('releaseId') ?? find('challengerId'),
    jobName: find('jobName'),
  };
}

function stageOf(activityType: string): string | null {
  return STAGES.find(([ending]) => ending.test(activityType))?.[1] ?? null;
}

/** The first text of that name in the arguments or one level below them. */
function findText(values: readonly unknown[], name: string): string | null {
  const objects = values.filter(isObject);
  const inner = objects.flatMap((object) => Object.values(object).filter(isObject));
  for (const object of [...objects, ...inner]) {
    const value = object[name];
    if (typeof value === 'string') return value;
  }
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
