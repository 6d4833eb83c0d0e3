/** Labels that every job carries, under which launchers list it. */
export const JOB_LABEL = {
  /** Cycle, manual retrain, feed reading or report that the job belongs to in the store. */
  CycleId: 'cycleId',
  /** Workflow that started the job, and that has to run for it to be wanted. */
  WorkflowId: 'workflowId',
  StrategyId: 'strategyId',
  Stage: 'stage',
} as const;
