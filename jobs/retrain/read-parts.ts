import { partFile, ScoredPart } from '../../schemas/jobs/retrain.ts';
import { parseOrRefuse } from '../contract/job-input.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext } from '../contract/job.ts';
import { candidatesOfPart } from './plan-search.ts';
import { scoreCandidates } from './score-candidates.ts';
import type { CandidateScore, ScoreCandidatesInput } from './score-candidates.ts';

/**
 * Reads what other jobs have scored. A part that other code has scored is scored again, because a
 * retry may meet parts from before an update.
 *
 * @throws {BadInputError} when a part does not hold the candidates that it should.
 */
export function readParts(
  { readText, log }: Pick<JobContext<'retrain/search'>, 'readText' | 'log'>,
  parts: number,
  scoring: ScoreCandidatesInput,
  origin: ScoredPart['origin'],
): CandidateScore[] {
  return Array.from({ length: parts }, (_, index) => {
    const file = partFile(index);
    const part = parseOrRefuse(ScoredPart, JSON.parse(readText(file)) as unknown, file);
    const range = candidatesOfPart(scoring.candidates.length, index, parts);
    if (!isSame(part.origin, origin)) {
      log(`${file} was scored by other code; it is scored again`);
      return scoreCandidates(scoring, range);
    }
    const orders = part.candidates.map(({ order }) => order);
    const isWhole =
      orders.length === range.to - range.from &&
      orders.every((order, place) => order === range.from + place) &&
      part.candidates.every(({ foldScores }) => foldScores.length === scoring.folds);
    if (!isWhole) {
      throw new BadInputError(
        `${file} must hold candidates ${String(range.from)} to ${String(range.to - 1)} with ${String(scoring.folds)} folds each, ` +
          `was ${String(orders.length)} candidates from ${String(orders[0])}. Prepare the stage again.`,
      );
    }
    return part.candidates;
  }).flat();
}

function isSame(left: ScoredPart['origin'], right: ScoredPart['origin']): boolean {
  return (
    left.strategySource === right.strategySource &&
    left.trainerLock === right.trainerLock &&
    left.engineVersion === right.engineVersion
  );
}
