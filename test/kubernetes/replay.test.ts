import { cycleId } from '../../schemas/ids.ts';
import { windowAt } from '../../schemas/window.ts';
import { makeNamespace } from '../support/kubernetes-cluster.ts';
import type { TestNamespace } from '../support/kubernetes-cluster.ts';
import {
  removeDirectory,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const STRATEGY = 'ml-forecast';

interface StatusDocument {
  readonly stages: readonly { stage: string; result: { decisionsSha256?: string } | null }[];
}

interface ReleasesDocument {
  readonly releases: readonly { releaseId: string }[];
}

/** releaseIds and decision-log hash of one cycle on an empty data directory. */
async function fingerprint(
  directory: string,
  launcher: readonly string[],
  environment: Record<string, string>,
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

describe('a replay whose jobs run in a cluster', () => {
  const directories: string[] = [];
  let place: TestNamespace;

  beforeAll(async () => {
    place = await makeNamespace();
  });

  afterAll(async () => {
    for (const directory of directories) await removeDirectory(directory);
    await place.remove();
  });

  it('makes the releases and decisions that it makes with processes, and leaves no Job', async () => {
    const results: unknown[] = [];
    const environment = {
      KUBECONFIG: process.env['KUBECONFIG'] ?? '',
      STRATEGY_LOOP_KUBERNETES_NAMESPACE: place.namespace,
      STRATEGY_LOOP_KUBERNETES_CLAIM: place.claim,
      STRATEGY_LOOP_KUBERNETES_VOLUME: place.volume,
    };
    for (const words of [[], ['--launcher', 'kubernetes', '--image', IMAGE]]) {
      const directory = await temporaryDataDirectory();
      directories.push(directory);
      results.push(await fingerprint(directory, words, environment));
    }

    expect(results[0]).toMatchObject({
      decisions: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(results[1]).toEqual(results[0]);
    const { items } = await place.admin.batch.listNamespacedJob({ namespace: place.namespace });
    expect(items).toEqual([]);
  }, 600_000);
});
