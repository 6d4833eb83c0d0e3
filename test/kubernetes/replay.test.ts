import { makeNamespace } from '../support/kubernetes-cluster.ts';
import type { TestNamespace } from '../support/kubernetes-cluster.ts';
import { fingerprint } from '../support/fingerprint.ts';
import {
  removeDirectory,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

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
    const { provenance } = await strategyLoopJson<{ provenance: { image?: string } }>(
      directories[1] ?? '',
      ['release', 'show', '--strategy', 'ml-forecast', '--release', '1'],
    );
    expect(provenance.image).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { items } = await place.admin.batch.listNamespacedJob({ namespace: place.namespace });
    expect(items).toEqual([]);
  }, 600_000);
});
