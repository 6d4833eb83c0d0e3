import type { Stage } from './stage.ts';

/**
 * Names and descriptions of the messages that workflows take. The descriptions are shown in the
 * Temporal UI beside each message, so they say what an operator has to fill in.
 */
export const Message = {
  RetryStage: {
    name: 'retryStage',
    description:
      'Run the failed stage again as a new attempt. Data: {"stage": "collect", "reason": "...", "actor": "your name"} with the stage that waits; User Metadata has the line to copy. Taken only while that stage is AwaitingOperator.',
  },
  SkipStage: {
    name: 'skipStage',
    description:
      'Go on without the failed stage. Only collect (reuses the last dataset), retrain and roll-out (keep the champion) may be skipped. Data: {"stage": "retrain", "reason": "...", "actor": "your name"} with the stage that waits; User Metadata has the line to copy.',
  },
  AbortCycle: {
    name: 'abortCycle',
    description:
      'End this cycle as failed; what earlier stages did stays. The same window may be started again. Data: {"reason": "...", "actor": "your name"}. Taken only while a stage is AwaitingOperator.',
  },
  CycleStatus: {
    name: 'cycleStatus',
    description: 'Stage, status, time of each stage, and why the cycle waits, if it does.',
  },
  ReplayStatus: {
    name: 'replayStatus',
    description: 'How many cycles are done, and which window runs.',
  },
  BackfillStatus: {
    name: 'backfillStatus',
    description: 'How many cycles the back-fill has run, and which window runs.',
  },
  Propose: {
    name: 'propose',
    description:
      'Propose a challenger. Answers when the gate has decided: promoted, kept or superseded. Sent by the roll-out stage.',
  },
  RolloutStatus: {
    name: 'rolloutStatus',
    description: 'Which challenger is judged now, and the last verdict.',
  },
} as const;

/** An operator's decision about a failed stage. */
export interface StageDecision {
  readonly stage: Stage;
  /** Why, in the operator's words; kept in the history and in the store. */
  readonly reason: string;
  /** Who decided. */
  readonly actor: string;
}

export interface AbortDecision {
  readonly reason: string;
  readonly actor: string;
}

/** Answer of the `cycleStatus` query. */
export interface CycleStatusView {
  readonly stage: Stage | 'done';
  readonly status: string;
  readonly waitingSince: string | null;
  readonly cause: string | null;
  /** Own time of each stage that has ended, in ms. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
  /** How long stages waited for a person, in ms; no part of their own time. */
  readonly waitedMs: Readonly<Partial<Record<Stage, number>>>;
}
