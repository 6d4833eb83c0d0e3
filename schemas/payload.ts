import type { LauncherKind } from './task-queue.ts';
import type { Stage } from './stage.ts';
import type { Window } from './window.ts';

/**
 * Shapes that cross the wire between workflows and activities. They carry ids, hashes, counts and
 * short texts, never bars or models: a payload stays far below 256 KB.
 */

/** How long things may take. Inputs, not constants, so that tests can make them short. */
export interface Timing {
  /** A job activity is given up when it is silent for longer. */
  readonly heartbeatTimeoutMs: number;
  /** Longest time of one store activity. */
  readonly storeTimeoutMs: number;
}

export const DEFAULT_TIMING: Timing = { heartbeatTimeoutMs: 10_000, storeTimeoutMs: 60_000 };

/** `live` follows the wall clock; `replay` walks through history as fast as it can. */
export type MarketClock = 'live' | 'replay';

/** A file that a job reads or has written, by content. */
export interface FileRef {
  readonly name: string;
  readonly sha256: string;
}

export interface JobLimits {
  /** Resident memory of the whole process group, in MiB. */
  readonly memoryMib: number;
  /** Wall time from start to SIGTERM, in ms. */
  readonly deadlineMs: number;
  /** From SIGTERM to SIGKILL, in ms. */
  readonly graceMs: number;
  readonly outputBytesMax: number;
  readonly outputFilesMax: number;
  readonly logBytesMax: number;
}

export const DEFAULT_JOB_LIMITS: JobLimits = {
  memoryMib: 1024,
  deadlineMs: 10 * 60_000,
  graceMs: 5_000,
  outputBytesMax: 256 * 1024 * 1024,
  outputFilesMax: 32,
  logBytesMax: 1024 * 1024,
};

/** A job that is ready to start: everything it needs lies in the artifact store. */
export interface PreparedJob {
  /** Deterministic name: hash of strategy, window, stage, unit and attempt. */
  readonly jobName: string;
  readonly jobType: string;
  readonly strategyId: string;
  readonly stage: Stage;
  readonly attempt: number;
  /** Hash of everything below; a running job of the same name must carry the same one. */
  readonly specHash: string;
  /** Artifact that holds `input.json`. */
  readonly inputSha256: string;
  readonly files: readonly FileRef[];
  readonly limits: JobLimits;
  /** `host:port` that the job may reach over the network; absent when it has none. */
  readonly hosts?: readonly string[];
  /** The release that the job trades with; absent when it trades with none. */
  readonly releaseId?: string;
  /** The build that prepared it, for the job to compare with its own; absent in older ones. */
  readonly build?: PreparingBuild;
}

/** Which build prepared a job, and how it knows what the job is asked and answers. */
export interface PreparingBuild {
  readonly build: string;
  /** Hash; a job whose build has another refuses its input. */
  readonly contract: string;
  /** Whether it may try all the same. */
  readonly mayDiffer: boolean;
}

/** A job that ended well. Its result and files lie in the artifact store. */
export interface FinishedJob {
  readonly jobName: string;
  readonly resultSha256: string;
  readonly files: readonly FileRef[];
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
  readonly logSha256: string;
  /** As in the job. */
  readonly releaseId?: string;
  /** Digest of the image that it ran in; absent for a process. */
  readonly image?: string;
}

/** Details of a failure of a job, as carried by `ApplicationFailure.details[0]`. */
export interface JobFailureDetails {
  readonly jobName: string;
  readonly jobType: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines of the job's output, at most 4,000 characters. */
  readonly logTail: string;
  readonly logSha256: string | null;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
}

/** A job to run, or the result that it has already. */
export type PreparedJobOrResult =
  | { readonly kind: 'run'; readonly job: PreparedJob }
  | { readonly kind: 'finished'; readonly job: PreparedJob; readonly finished: FinishedJob };

/** What a `prepare…` activity answers. */
export type Preparation =
  | PreparedJobOrResult
  /** The stage's result was accepted before; there is nothing left to do. */
  | { readonly kind: 'accepted' };

/** A preparation of several jobs that run side by side before one that takes up what they found. */
export interface PreparedParts {
  readonly kind: 'parts';
  readonly parts: readonly PreparedJobOrResult[];
  /** So many of them run at once. */
  readonly atOnce: number;
}

/** The cycle that an activity works for. */
export interface CycleRef {
  readonly cycleId: string;
  readonly strategyId: string;
  readonly window: Window;
}

export type CycleKind = 'cycle' | 'retrain';

export interface BeginCycleInput extends CycleRef {
  readonly kind: CycleKind;
  readonly clock: MarketClock;
  readonly seed: number;
  readonly actor: string;
  /** Trainer settings of a manual retrain; empty for the strategy's own. */
  readonly trainer: Readonly<Record<string, unknown>>;
  /** First day of the training window; null for the strategy's own `trainBars`. */
  readonly trainFrom: string | null;
}

/**
 * When a cycle writes its stage into the list of workflows. Each write costs about 10 ms, which a
 * replay of thousands of short cycles would spend on stages that nobody has the time to read.
 */
export const Listing = {
  /** With every stage. */
  Stages: 'stages',
  /** When a stage waits for a person, when that is over, and at the end. */
  Waiting: 'waiting',
} as const;
export type Listing = (typeof Listing)[keyof typeof Listing];

export interface StrategyCycleInput {
  readonly strategyId: string;
  readonly window: Window;
  readonly clock: MarketClock;
  /** Absent means with every stage. */
  readonly listing?: Listing;
  readonly seed: number;
  readonly launcher: LauncherKind;
  readonly actor: string;
  readonly timing: Timing;
  /** The feed was read beyond this window just before: collect takes the bars from the store. */
  readonly isFeedRead?: boolean;
  /** Measure and draw the report whatever the strategy's `analyze` says. */
  readonly alwaysAnalyze?: boolean;
}

/** Cycles over past windows of one length that have not run yet, oldest first. */
export interface BackfillInput {
  readonly strategyId: string;
  /** First day of the first window; windows touch one another from here on. */
  readonly from: string;
  /** No window ends after this day. */
  readonly to: string;
  /** Length of a window: `1d`, `1w`, `3mo`. */
  readonly step: string;
  /** First day that release 1 is trained on; null for the strategy's own `trainBars`. */
  readonly trainFrom: string | null;
  readonly seed: number;
  readonly launcher: LauncherKind;
  readonly actor: string;
  readonly timing: Timing;
  /** True after a continue-as-new: the feed is read and there is a release. */
  readonly isReady: boolean;
  /** Cycles run before a continue-as-new. */
  readonly ran: number;
  /** History length at which the workflow continues as new. */
  readonly historyLengthMax: number;
}

/** The next window of a back-fill, and whether it is the last that can run now. */
export interface BackfillWindow {
  readonly window: Window;
  readonly isLast: boolean;
}

/** One reading of a strategy's feed outside of any cycle. */
export interface FeedReading {
  readonly readId: string;
  readonly strategyId: string;
  /** Bars with open time before this are wanted. */
  readonly to: string;
}

export interface RetrainNowInput {
  readonly strategyId: string;
  readonly requestId: string;
  /** Days the trainer may see; the last bars before `to` are held out. */
  readonly trainWindow: Window;
  readonly trainer: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly rollOut: boolean;
  readonly launcher: LauncherKind;
  readonly actor: string;
  readonly timing: Timing;
}

export interface ReplayLoopInput {
  readonly strategyId: string;
  /** First day of window 0. */
  readonly first: string;
  readonly stepMonths: number;
  readonly cycles: number;
  /** Days from which release 1 is trained, when the strategy has none yet. */
  readonly firstTrain: Window;
  readonly seed: number;
  readonly launcher: LauncherKind;
  readonly actor: string;
  readonly timing: Timing;
  /** Cycles done before a continue-as-new. */
  readonly done: number;
  /** History length at which the workflow continues as new. */
  readonly historyLengthMax: number;
}

export interface ScheduledCycleInput {
  readonly strategyId: string;
  readonly clock: MarketClock;
  /** With `replay`: the length of the next window, in months; where `step` is left out. */
  readonly stepMonths: number;
  /**
   * Length of a window (`1d`, `1w`, `3mo`). With it the feed is read first, a start runs every
   * window that is due, and windows that held no bars are passed over.
   */
  readonly step?: string;
  /** Start of the first window when no cycle has completed yet. */
  readonly first: string;
  readonly seed: number;
  readonly launcher: LauncherKind;
  readonly actor: string;
  readonly timing: Timing;
}

export interface RolloutInput {
  readonly strategyId: string;
  /** Verdicts given in earlier runs of this entity. */
  readonly judged: number;
  /** Verdicts after which the entity continues as new. */
  readonly judgedPerRunMax: number;
}

export interface Proposal {
  readonly cycle: CycleRef;
  readonly challengerId: string;
  readonly actor: string;
  /** How this challenger is evaluated: the entity outlives every launcher. */
  readonly launcher: LauncherKind;
  readonly timing: Timing;
}

export type RolloutOutcome = 'promoted' | 'kept' | 'proposed' | 'superseded';

/** What became of a challenger. */
export interface RolloutVerdict {
  readonly outcome: RolloutOutcome;
  readonly reason: string;
  /** Release number when the challenger was published, else null. */
  readonly version: number | null;
  readonly releaseId: string | null;
}

/** A look for what ended workflows left behind. */
export interface ClearOrphansInput {
  readonly launcher: LauncherKind;
  readonly timing: Timing;
}

/** A job whose workflow has ended. */
export interface OrphanJob {
  readonly jobName: string;
  readonly workflowId: string;
  /** How the workflow ended, in Temporal's word; `NOT FOUND` after its retention. */
  readonly status: string;
}

/** What was cleared away: names of jobs, ids of cycles. */
export interface ClearedOrphans {
  readonly jobs: readonly string[];
  readonly cycles: readonly string[];
}

/** One page over some strategies. */
export interface LoopReportInput {
  /** Workflow id; asking for the same report twice gives the same one. */
  readonly reportId: string;
  readonly title: string;
  readonly strategyIds: readonly string[];
  readonly launcher: LauncherKind;
  readonly timing: Timing;
}

export interface StageSummary {
  readonly status: 'completed' | 'skipped' | 'failed';
  readonly ms: number;
}

/** Names of the stages as keys of JSON documents. */
export type StageKey = 'collect' | 'trade' | 'analyze' | 'retrain' | 'rollOut';

/** What a completed cycle answers. */
export interface CycleSummary {
  readonly cycleId: string;
  readonly workflowId: string;
  readonly window: Window;
  readonly stages: Readonly<Record<StageKey, StageSummary>>;
  /** Release that traded the window. */
  readonly championVersion: number;
  readonly challenger: {
    readonly version: number | null;
    readonly outcome: RolloutOutcome | 'skipped';
    readonly reason: string;
  };
}
