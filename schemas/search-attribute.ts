/**
 * Names of the Keyword search attributes. At most ten Keyword attributes exist on Temporal's
 * SQLite store, so this list is a budget.
 */
export const SearchAttribute = {
  StrategyId: 'StrategyId',
  CycleStage: 'CycleStage',
  StageStatus: 'StageStatus',
} as const;
