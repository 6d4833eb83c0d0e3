import { z } from 'zod';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { StrategyDescription } from '../../schemas/settings.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf, type SourceHashes } from '../host/source-hashes.ts';

/** What the installed strategies say about themselves, in the order of their ids. */
export function run(
  _context: JobContext<'describe/strategies'>,
  program: ProgramFacts,
): Promise<ResultOf<'describe/strategies'>> {
  const hashes = program.sourceHashes();
  return Promise.resolve({
    strategies: STRATEGIES.map((strategy) => describeStrategy(strategy, hashes)),
  });
}

/** A strategy for people and for programs that know only JSON Schema (2020-12). */
export function describeStrategy(strategy: Strategy, hashes: SourceHashes): StrategyDescription {
  const { id, title, description, trainerJob, account } = strategy;
  const { parameters, trainer, defaultParameters } = strategy;
  return {
    strategyId: id,
    title,
    description,
    trainerJob,
    account,
    sourceSha256: originOf(hashes, id, trainerJob).strategySource,
    // Rules that span two parameters cannot be said in JSON Schema; jobs still check them.
    parameterSchema: z.toJSONSchema(parameters),
    trainerSchema: z.toJSONSchema(trainer, { io: 'input' }),
    defaultTrainer: trainer.parse({}),
    defaultParameters,
  };
}
