import { fingerprint } from '../support/fingerprint.ts';
import { get, makeNomadPlace } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';
import { removeDirectory, temporaryDataDirectory } from '../support/run-command.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

describe('a replay whose jobs run on Nomad', () => {
  const directories: string[] = [];
  let place: NomadPlace;

  beforeAll(async () => {
    place = await makeNomadPlace();
  });

  afterAll(async () => {
    for (const directory of directories) await removeDirectory(directory);
    await place.remove();
  });

  it('makes the releases and decisions that it makes with processes, and leaves no job', async () => {
    const results: unknown[] = [];
    for (const words of [[], ['--launcher', 'nomad', '--image', IMAGE]]) {
      const directory = await temporaryDataDirectory();
      directories.push(directory);
      results.push(await fingerprint(directory, words, place.environment));
    }

    expect(results[0]).toMatchObject({
      decisions: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(results[1]).toEqual(results[0]);
    // They are purged as their cycle ends, not only stopped.
    expect(await get(place.admin, '/v1/jobs')).toEqual([]);
  }, 600_000);
});
