/* eslint-disable jest/no-export -- it declares tests that other test files run */
import { checkContract } from '../../jobs/check/strategy-contract.ts';
import type { Strategy } from '../../strategies/strategy.ts';

/** What every registered strategy promises: what `strategy-loop strategy test` checks for users. */
export function strategyContract(strategy: Strategy): void {
  describe(`${strategy.id} keeps the strategy contract`, () => {
    const findings = checkContract(strategy);

    it.each(findings.map(({ promise, problem }) => [promise, problem]))('%s', (_, problem) => {
      expect(problem).toBeNull();
    });
  });
}
