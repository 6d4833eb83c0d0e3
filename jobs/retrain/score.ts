import { readBars } from '../../engine/bars-file.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import { SCORES_FILE } from '../../schemas/jobs/retrain.ts';
import type { ScoredPart, ScoreResult } from '../../schemas/jobs/retrain.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf } from '../host/source-hashes.ts';
import { candidatesOfPart, planSearch, SEARCH_JOB } from './plan-search.ts';
import { scoreCandidates } from './score-candidates.ts';

/** Scores one part of the candidates that a search would try. */
export async function run(
  { input, readText, writeFile, log }: JobContext<'retrain/score'>,
  program: ProgramFacts,
): Promise<ScoreResult> {
  const { index, of } = input.part;
  if (index >= of) {
    throw new BadInputError(
      `part.index must be below part.of, which is ${String(of)}, was ${String(index)}. Prepare the job again.`,
    );
  }
  const { strategy, scoring } = planSearch(input, readBars(readText(BARS_FILE)));
  const range = candidatesOfPart(scoring.candidates.length, index, of);
  const part: ScoredPart = {
    origin: originOf(program.sourceHashes(), strategy.id, SEARCH_JOB),
    candidates: scoreCandidates(scoring, range).map((score) => ({
      ...score,
      foldScores: [...score.foldScores],
    })),
  };
  await writeFile(SCORES_FILE, `${JSON.stringify(part)}\n`);
  log(
    `scored ${String(part.candidates.length)} of ${String(scoring.candidates.length)} parameter sets`,
  );
  return range;
}
