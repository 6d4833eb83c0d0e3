/** The five stages of a cycle, in the order in which they run. */
export const Stage = {
  Collect: 'collect',
  Trade: 'trade',
  Analyze: 'analyze',
  Retrain: 'retrain',
  RollOut: 'roll-out',
} as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

export const STAGES: readonly Stage[] = [
  Stage.Collect,
  Stage.Trade,
  Stage.Analyze,
  Stage.Retrain,
  Stage.RollOut,
];

/**
 * Stages that an operator may skip. Collect then reuses the last dataset; a skipped retrain or
 * roll-out keeps the champion. Trade and analyze produce the record that everything else builds
 * on, so they can only be retried, or the cycle aborted.
 */
export const SKIPPABLE_STAGES: readonly Stage[] = [Stage.Collect, Stage.Retrain, Stage.RollOut];

/** What a stage shows in the `StageStatus` search attribute. */
export const StageStatus = {
  Running: 'Running',
  AwaitingOperator: 'AwaitingOperator',
  Completed: 'Completed',
  Aborted: 'Aborted',
} as const;
export type StageStatus = (typeof StageStatus)[keyof typeof StageStatus];
