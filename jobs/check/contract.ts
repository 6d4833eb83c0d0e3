import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import { sourceName } from '../../schemas/strategy-places.ts';
import type { JobContext } from '../contract/job.ts';
import { findStrategy } from '../host/find-strategy.ts';
import { strategyHash } from '../host/strategy-hash.ts';
import { checkContract } from './strategy-contract.ts';

/**
 * Tries what every strategy promises: the checks that the installed ones pass in the tests.
 *
 * @throws {BadInputError} when the strategy's file is at fault.
 * @throws {SettingsError} when there is no such strategy.
 */
export async function run({
  input,
}: JobContext<'check/contract'>): Promise<ResultOf<'check/contract'>> {
  const found = await findStrategy(input.strategyId, input.places, '<strategy>');
  const promises = checkContract(found.strategy);
  return {
    strategyId: found.strategy.id,
    source: found.source === null ? null : sourceName(found.source),
    sourceSha256: strategyHash(found),
    passed: promises.every(({ problem }) => problem === null),
    promises,
  };
}
