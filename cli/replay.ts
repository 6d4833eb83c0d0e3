import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { latestAnalysis } from '../adapters/postgres/story.ts';
import { summarize } from '../adapters/postgres/summary.ts';
import type { WaitingStage } from '../adapters/postgres/waiting.ts';
import { counted } from '../schemas/counted.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { cycleId, replayId, reportId } from '../schemas/ids.ts';
import type { Contest } from '../schemas/jobs/analyze.ts';
import type { CycleSummary, ReplayLoopInput } from '../schemas/payload.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import { windowAt } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';
import { defaultDataDirectory } from '../infra/local/data-directory.ts';
import { SKIPPABLE_STAGES } from '../schemas/stage.ts';
import { CommandError } from './command-error.ts';
import { age } from './output.ts';
import type { Output } from './output.ts';
import { ProgressFollower } from './progress.ts';
import { latestReportPath } from './report-path.ts';
import type { Session } from './session.ts';
import { startOrJoin } from './start-or-join.ts';
import { strategyLabels } from './workflow-labels.ts';

/** Cycles of one strategy, one after another over history. */
export interface ReplayRequest {
  readonly strategyId: string;
  readonly first: string;
  readonly stepMonths: number;
  readonly cycles: number;
  readonly firstTrain: Window;
  readonly seed: number;
  readonly launcher: LauncherKind;
  readonly actor: string;
}

const HISTORY_LENGTH_MAX = 2000;
/** A wait that is younger began under the eyes of the command that tells of it. */
const NEW_MS_MAX = 5000;

/**
 * Runs replays side by side to their ends. Windows that completed before are kept, and a replay
 * that was interrupted goes on.
 *
 * @returns how many of the cycles were kept from before.
 * @throws {CommandError} as soon as a cycle waits for a person, or when a replay fails.
 */
export async function runReplays(
  session: Session,
  requests: readonly ReplayRequest[],
  output: Output,
): Promise<number> {
  const handles = await Promise.all(requests.map((request) => startReplay(session, request)));
  const finished = new AbortController();
  const follower = new ProgressFollower(session.pool, requests, output);
  const results = Promise.all(
    handles.map((handle) =>
      session
        .whileOpen(() => handle.result())
        .finally(() => session.watched.delete(handle.workflowId)),
    ),
  ).finally(() => {
    finished.abort();
  });
  // Both are awaited below; neither may be reported as unhandled before.
  results.catch(() => undefined);
  const waiting = await follower.follow(finished.signal);
  if (waiting !== null) throw waitingError(waiting, session);
  try {
    await results;
  } catch (error) {
    throw replayError(error);
  }
  return follower.kept;
}

async function startReplay(session: Session, request: ReplayRequest): Promise<WorkflowHandle> {
  const input: ReplayLoopInput = {
    ...request,
    timing: DEFAULT_TIMING,
    done: 0,
    historyLengthMax: HISTORY_LENGTH_MAX,
  };
  const workflowId = replayId(request.strategyId, request.first, request.stepMonths);
  const wanted = `${counted(request.cycles, 'cycle')}, seed ${String(request.seed)}`;
  return startOrJoin(session, {
    workflow: 'replayLoop',
    workflowId,
    input,
    wanted,
    labels: strategyLabels(
      request.strategyId,
      `${request.strategyId}: ${wanted} from ${request.first}`,
    ),
    refusal: (running) =>
      `${workflowId} still runs with ${running}, not ${wanted}. Let the same command finish it, or stop it with \`strategy-loop run stop ${workflowId}\`.`,
  });
}

/** What a command says when a cycle waits for a person, and how it can be helped. */
export function waitingError(
  waiting: WaitingStage,
  { dataDirectory, image }: Pick<Session, 'dataDirectory' | 'image'>,
): CommandError {
  const where = dataDirectory === defaultDataDirectory() ? '' : ` --data-dir ${dataDirectory}`;
  const on = image === null ? '' : ` --image ${image}`;
  const rest = `${waiting.cycleId} --reason "..."${where}${on}`;
  const maySkip = SKIPPABLE_STAGES.some((stage) => stage === waiting.stage);
  const isBadInput = /^(JobBadInput|InvalidInput|NoRelease)/.test(waiting.cause);
  const { cycleId: id, stage, cause, ageMs } = waiting;
  // The command may have found it waiting: what it was given now has not been looked at.
  const since =
    ageMs < NEW_MS_MAX
      ? ''
      : `It has waited for ${age(ageMs)}; what was given or mended since then is read by a retry.\n`;
  return new CommandError(
    isBadInput ? CommandExitCode.BadInput : CommandExitCode.Failed,
    `stage ${waiting.stage} of ${waiting.cycleId} failed and waits for a decision.\n` +
      `${waiting.cause}\n${since}` +
      'Nothing is lost. Decide with one of:\n' +
      ['retry', ...(maySkip ? ['skip'] : []), 'abort']
        .map((action) => `  strategy-loop cycle ${action} ${rest}`)
        .join('\n'),
    { found: { waiting: { cycleId: id, stage, cause, ageMs } } },
  );
}

/** Types of failures that mean: what was asked for is wrong. */
const BAD_INPUT = new Set(['WindowAlreadyRan', 'UnknownStrategy', 'InvalidInput', 'JobBadInput']);

/** The innermost cause of a failed workflow, in its own words. */
export function replayError(error: unknown): CommandError {
  let inner: unknown = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  if (!(error instanceof WorkflowFailedError)) throw error;
  const type = inner instanceof Error && 'type' in inner ? inner.type : undefined;
  const isInput = BAD_INPUT.has(String(type));
  return new CommandError(isInput ? CommandExitCode.BadInput : CommandExitCode.Failed, message, {
    cause: error,
  });
}

/** The cycles of a replay from the store, in the order of their windows. */
export async function readCycles(
  session: Session,
  request: ReplayRequest,
): Promise<CycleSummary[]> {
  const summaries: CycleSummary[] = [];
  for (let index = 0; index < request.cycles; index += 1) {
    const window = windowAt(request.first, request.stepMonths, index);
    const summary = await summarize(session.pool, cycleId(request.strategyId, window));
    if (summary !== null) summaries.push(summary);
  }
  return summaries;
}

export async function readContest(session: Session, strategyId: string): Promise<Contest | null> {
  return (await latestAnalysis(session.pool, strategyId))?.overall ?? null;
}

/** Draws one page over the strategies and puts it into the data directory. @returns its path. */
export async function writeReport(
  session: Session,
  dataDirectory: string,
  {
    title,
    strategyIds,
    launcher,
  }: {
    readonly title: string;
    readonly strategyIds: readonly string[];
    readonly launcher: LauncherKind;
  },
): Promise<string> {
  const id = reportId(randomUUID());
  const handle = await session.client.workflow.start<(input: unknown) => Promise<string>>(
    'loopReport',
    {
      workflowId: id,
      taskQueue: TaskQueue.Workflows,
      args: [
        {
          reportId: id,
          title,
          strategyIds,
          launcher,
          timing: DEFAULT_TIMING,
        },
      ],
      staticSummary: `Report over ${strategyIds.join(' and ')}`,
    },
  );
  session.watched.add(id);
  const sha256 = await session
    .whileOpen(() => handle.result())
    .finally(() => session.watched.delete(id));
  const directory = join(dataDirectory, 'reports');
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${sha256.slice(0, 12)}.html`);
  await writeFile(path, await session.artifacts.get(sha256));
  // `report path` answers with this one: the newest report, swapped in one step.
  const temporary = join(directory, `latest.${String(process.pid)}.tmp`);
  await copyFile(path, temporary);
  await rename(temporary, latestReportPath(dataDirectory));
  return latestReportPath(dataDirectory);
}
