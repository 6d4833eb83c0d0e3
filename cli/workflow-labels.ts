import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { SearchAttribute } from '../schemas/search-attribute.ts';

/** What every workflow of a strategy carries from its start, for lists and for the Temporal UI. */
export function strategyLabels(strategyId: string, staticSummary: string) {
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
