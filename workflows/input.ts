import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import { backfillId, cycleId, retrainId, rolloutId } from '../schemas/ids.ts';
import { DEFAULT_TIMING, Listing } from '../schemas/payload.ts';
import type {
  BackfillInput,
  ClearOrphansInput,
  LoopReportInput,
  MarketClock,
  Proposal,
  ReplayLoopInput,
  RetrainNowInput,
  RolloutInput,
  ScheduledCycleInput,
  StrategyCycleInput,
  Timing,
} from '../schemas/payload.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { addMonths, parseStep, STEP_RULE } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';

/**
 * Inputs of workflows come from people, too: the Temporal UI starts workflows with any JSON. What
 * is missing gets its default where there is one; what is wrong fails the workflow with a sentence,
 * because an exception of another kind would fail the workflow task again and again.
 */
type Raw = Readonly<Record<string, unknown>>;

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const DEFAULT_SEED = 7;

function refuse(field: string, value: unknown, rule: string): never {
  throw ApplicationFailure.create({
    type: FailureType.InvalidInput,
    message: `input.${field} ${rule}, was ${value === undefined ? 'missing' : JSON.stringify(value)}`,
    nonRetryable: true,
  });
}

function objectOf(value: unknown, field: string): Raw {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Raw;
  return refuse(field, value, 'must be an object');
}

function slugOf(raw: Raw, field: string): string {
  const value = raw[field];
  if (typeof value === 'string' && SLUG.test(value)) return value;
  return refuse(field, value, 'must be an id of a-z, 0-9 and -');
}

function textOf(raw: Raw, field: string, fallback: string): string {
  const value = raw[field] ?? fallback;
  if (typeof value === 'string' && value !== '') return value;
  return refuse(field, value, 'must be a text');
}

function wholeOf(raw: Raw, field: string, least: number, fallback?: number): number {
  const value = raw[field] ?? fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  return refuse(field, value, `must be a whole number >= ${String(least)}`);
}

function dayOf(value: unknown, field: string): string {
  try {
    return addMonths(String(value), 0);
  } catch {
    return refuse(field, value, 'must be a real day as YYYY-MM-DD');
  }
}

function windowOf(raw: Raw, field: string): Window {
  const window = objectOf(raw[field], field);
  const from = dayOf(window['from'], `${field}.from`);
  const to = dayOf(window['to'], `${field}.to`);
  if (from < to) return { from, to };
  return refuse(field, window, 'must begin before it ends');
}

function clockOf(raw: Raw): MarketClock {
  const value = raw['clock'] ?? 'replay';
  if (value === 'replay' || value === 'live') return value;
  return refuse('clock', value, 'must be "live" or "replay"');
}

function launcherOf(raw: Raw): LauncherKind {
  const value = raw['launcher'] ?? LauncherKind.Process;
  const known = Object.values(LauncherKind);
  const found = known.find((kind) => kind === value);
  return found ?? refuse('launcher', value, `must be one of ${known.join(', ')}`);
}

function timingOf(raw: Raw): Timing {
  const timing = objectOf(raw['timing'] ?? DEFAULT_TIMING, 'timing');
  return {
    heartbeatTimeoutMs: wholeOf(timing, 'heartbeatTimeoutMs', 100),
    storeTimeoutMs: wholeOf(timing, 'storeTimeoutMs', 100),
  };
}

/** What every workflow of a strategy is told. */
function sharedOf(raw: Raw) {
  return {
    strategyId: slugOf(raw, 'strategyId'),
    seed: wholeOf(raw, 'seed', 0, DEFAULT_SEED),
    launcher: launcherOf(raw),
    actor: textOf(raw, 'actor', 'unknown'),
    timing: timingOf(raw),
  };
}

function listingOf(raw: Raw): Listing {
  const value = raw['listing'] ?? Listing.Stages;
  if (value === Listing.Stages || value === Listing.Waiting) return value;
  return refuse('listing', value, 'must be "stages" or "waiting"');
}

/** @throws InvalidInput, also when the workflow's id is not the one of its window. */
export function readCycleInput(input: unknown): Required<StrategyCycleInput> {
  const raw = objectOf(input, '');
  const cycle = {
    ...sharedOf(raw),
    window: windowOf(raw, 'window'),
    clock: clockOf(raw),
    listing: listingOf(raw),
    isFeedRead: raw['isFeedRead'] === true,
    alwaysAnalyze: raw['alwaysAnalyze'] === true,
  };
  // The id is what keeps a window from running twice at the same time.
  requireId(cycleId(cycle.strategyId, cycle.window));
  return cycle;
}

/** Store and commands find a workflow by its id, so the id has to be the one that they know. */
function requireId(expected: string): void {
  const { workflowId } = workflowInfo();
  if (workflowId === expected) return;
  throw ApplicationFailure.create({
    type: FailureType.InvalidInput,
    message: `the workflow id must be ${expected}, was ${workflowId}; start it again under that id`,
    nonRetryable: true,
  });
}

/** @throws InvalidInput, also when the workflow's id is not `retrain/<strategy>/<request>`. */
export function readRetrainInput(input: unknown): RetrainNowInput {
  const raw = objectOf(input, '');
  const shared = sharedOf(raw);
  const ownName = workflowInfo().workflowId.split('/').slice(2).join('/');
  const requestId = textOf(raw, 'requestId', ownName === '' ? 'by-hand' : ownName);
  requireId(retrainId(shared.strategyId, requestId));
  return {
    ...shared,
    requestId,
    trainWindow: windowOf(raw, 'trainWindow'),
    trainer: objectOf(raw['trainer'] ?? {}, 'trainer'),
    rollOut: raw['rollOut'] === true,
  };
}

/** Release 1 may not trade days that it was trained on. */
function firstTrainOf(raw: Raw): Window {
  const window = windowOf(raw, 'firstTrain');
  if (window.to <= dayOf(raw['first'], 'first')) return window;
  return refuse('firstTrain.to', window.to, 'must not lie after input.first');
}

export function readReplayInput(input: unknown): ReplayLoopInput {
  const raw = objectOf(input, '');
  return {
    ...sharedOf(raw),
    first: dayOf(raw['first'], 'first'),
    stepMonths: wholeOf(raw, 'stepMonths', 1, 12),
    cycles: wholeOf(raw, 'cycles', 1),
    firstTrain: firstTrainOf(raw),
    done: wholeOf(raw, 'done', 0, 0),
    historyLengthMax: wholeOf(raw, 'historyLengthMax', 10, 2000),
  };
}

export function readScheduledInput(input: unknown): ScheduledCycleInput {
  const raw = objectOf(input, '');
  return {
    ...sharedOf(raw),
    clock: clockOf(raw),
    stepMonths: wholeOf(raw, 'stepMonths', 1, 12),
    ...(raw['step'] === undefined ? {} : { step: stepOf(raw, 'step') }),
    first: dayOf(raw['first'], 'first'),
  };
}

function stepOf(raw: Raw, field: string): string {
  const value = raw[field];
  try {
    parseStep(String(value));
    return String(value);
  } catch {
    return refuse(field, value, STEP_RULE);
  }
}

/** @throws InvalidInput, also when the workflow's id is not `backfill/<strategy>`. */
export function readBackfillInput(input: unknown): BackfillInput {
  const raw = objectOf(input, '');
  const shared = sharedOf(raw);
  requireId(backfillId(shared.strategyId));
  const { from, to } = windowOf({ span: { from: raw['from'], to: raw['to'] } }, 'span');
  const trainFrom = raw['trainFrom'] ?? null;
  if (trainFrom !== null && dayOf(trainFrom, 'trainFrom') >= from) {
    return refuse('trainFrom', trainFrom, 'must lie before input.from');
  }
  return {
    ...shared,
    from,
    to,
    step: stepOf(raw, 'step'),
    trainFrom: trainFrom === null ? null : dayOf(trainFrom, 'trainFrom'),
    isReady: raw['isReady'] === true,
    ran: wholeOf(raw, 'ran', 0, 0),
    historyLengthMax: wholeOf(raw, 'historyLengthMax', 10, 2000),
  };
}

export function readRolloutInput(input: unknown): RolloutInput {
  const raw = objectOf(input, '');
  const strategyId = slugOf(raw, 'strategyId');
  requireId(rolloutId(strategyId));
  return {
    strategyId,
    judged: wholeOf(raw, 'judged', 0, 0),
    judgedPerRunMax: wholeOf(raw, 'judgedPerRunMax', 1, 200),
  };
}

/** @throws InvalidInput when it is no proposal, or one for another strategy. */
export function readProposal(input: unknown, strategyId: string): Proposal {
  const raw = objectOf(input, '');
  const cycle = objectOf(raw['cycle'], 'cycle');
  if (cycle['strategyId'] !== strategyId) {
    return refuse('cycle.strategyId', cycle['strategyId'], `must be "${strategyId}"`);
  }
  const challengerId = textOf(raw, 'challengerId', '');
  return {
    cycle: {
      cycleId: textOf(cycle, 'cycleId', ''),
      strategyId,
      window: windowOf(cycle, 'window'),
    },
    challengerId,
    actor: textOf(raw, 'actor', 'unknown'),
    launcher: launcherOf(raw),
    timing: timingOf(raw),
  };
}

export function readClearOrphansInput(input: unknown): ClearOrphansInput {
  const raw = objectOf(input, '');
  return { launcher: launcherOf(raw), timing: timingOf(raw) };
}

export function readReportInput(input: unknown): LoopReportInput {
  const raw = objectOf(input, '');
  const strategyIds = raw['strategyIds'];
  if (!Array.isArray(strategyIds) || !strategyIds.every((id) => typeof id === 'string')) {
    return refuse('strategyIds', strategyIds, 'must be a list of strategies');
  }
  return {
    reportId: textOf(raw, 'reportId', workflowInfo().workflowId),
    title: textOf(raw, 'title', 'Report'),
    strategyIds,
    launcher: launcherOf(raw),
    timing: timingOf(raw),
  };
}
