import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import { sourceName } from '../../schemas/strategy-places.ts';
import type { JobContext } from '../contract/job.ts';
import { firstDecisionOf } from '../check/strategy-run.ts';
import { findStrategy, listStrategies, type FoundStrategy } from '../host/find-strategy.ts';
import { strategyHash } from '../host/strategy-hash.ts';
import { describeStrategy } from './strategies.ts';

type Result = ResultOf<'describe/places'>;

/**
 * What the strategies that a user can name say about themselves: the installed ones and their own.
 *
 * @throws {BadInputError} when the one that is asked for is at fault.
 * @throws {SettingsError} when there is no such strategy.
 */
export async function run({ input }: JobContext<'describe/places'>): Promise<Result> {
  const { places, strategyId } = input;
  if (strategyId !== null) {
    const found = await findStrategy(strategyId, places, '<strategy>');
    return { strategies: [describeFound(found)], problems: [] };
  }
  const { found, problems } = await listStrategies(places);
  return { strategies: found.map(describeFound), problems: [...problems] };
}

function describeFound(found: FoundStrategy): Result['strategies'][number] {
  const { strategy, source } = found;
  const bound = strategy.bind(strategy.defaultParameters);
  return {
    ...describeStrategy(strategy, strategyHash(found)),
    source: source === null ? null : sourceName(source),
    warmUpBars: firstDecisionOf(bound),
    needsModel: bound.featureSpec.names.length > 0,
  };
}
