import { cycleId } from '../../schemas/ids.ts';
import { windowAt } from '../../schemas/window.ts';
import { strategyLoopJson } from './run-command.ts';

const STRATEGY = 'ml-forecast';

interface StatusDocument {
  readonly stages: readonly { stage: string; result: { decisionsSha256?: string } | null }[];
}

interface ReleasesDocument {
  readonly releases: readonly { releaseId: string }[];
}

/**
 * releaseIds and decision-log hash of one cycle on an empty data directory.
 *
 * @param launcher words of the command that say where jobs run; none for processes.
 */
export async function fingerprint(
  directory: string,
  launcher: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  await strategyLoopJson(
    directory,
    ['replay', '--strategy', STRATEGY, '--cycles', '1', ...launcher],
    { environment },
  );
  const id = cycleId(STRATEGY, windowAt('2012-01-01', 12, 0));
  const { stages } = await strategyLoopJson<StatusDocument>(directory, ['cycle', 'status', id]);
  const { releases } = await strategyLoopJson<ReleasesDocument>(directory, ['release', 'list']);
  const decisions = stages.find(({ stage }) => stage === 'trade')?.result?.decisionsSha256;
  return { decisions, releaseIds: releases.map(({ releaseId }) => releaseId) };
}
