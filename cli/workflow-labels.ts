import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { WorkflowOptions } from '@temporalio/client';
import { SearchAttribute } from '../schemas/search-attribute.ts';

/** Start options that a workflow carries through its life. */
export type Labels = Required<Pick<WorkflowOptions, 'staticSummary' | 'typedSearchAttributes'>>;

/** What every workflow of a strategy carries from its start, for lists and for the Temporal UI. */
export function strategyLabels(strategyId: string, staticSummary: string): Labels {
  return {
    staticSummary,
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey(SearchAttribute.StrategyId, SearchAttributeType.KEYWORD),
        value: strategyId,
      },
    ],
  };
}
