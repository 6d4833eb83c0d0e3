import { z } from 'zod';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { StrategyDescription } from '../../schemas/settings.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf } from '../host/source-hashes.ts';

/** What the installed strategies say about themselves, in the order of their ids. */
export function run(
  _context: JobContext<'describe/strategies'>,
  program: ProgramFacts,
): Promise<ResultOf<'describe/strategies'>> {
  const hashes = program.sourceHashes();
  return Promise.resolve({
    strategies: STRATEGIES.map((strategy) => {
      const { id, trainerJob } = strategy;
      return describeStrategy(strategy, originOf(hashes, id, trainerJob).strategySource);
    }),
  });
}

/**
 * A strategy for people and for programs that know only JSON Schema (2020-12).
 *
 * @param sourceSha256 hash of its code.
 */
export function describeStrategy(strategy: Strategy, sourceSha256: string): StrategyDescription {
  const { id, title, description, trainerJob, account } = strategy;
  const { parameters, trainer, defaultParameters } = strategy;
  return {
    strategyId: id,
    title,
    description,
    trainerJob,
    account,
    sourceSha256,
    // Rules that span two parameters cannot be said in JSON Schema; jobs still check them.
    parameterSchema: z.toJSONSchema(parameters),
    trainerSchema: z.toJSONSchema(trainer, { io: 'input' }),
    defaultTrainer: trainer.parse({}),
    defaultParameters,
  };
}
