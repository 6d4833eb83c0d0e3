import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFeed } from '../../activities/collect.ts';
import { createFileArtifactStore } from '../../adapters/artifacts/file-store.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { FailureType } from '../../schemas/failure-type.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const TEXT = 'date,open,high,low,close,volume\n2020-01-06,10,12,9,11,100\n';
const SHA256 = createHash('sha256').update(TEXT).digest('hex');

let artifacts: ArtifactStore;
let path: string;

beforeEach(async () => {
  const directory = await scratchDirectory('open-feed');
  artifacts = createFileArtifactStore(join(directory, 'artifacts'));
  path = join(directory, 'prices.csv');
  writeFileSync(path, TEXT);
});

describe('openFeed', () => {
  it('hands the file to the job by its hash', async () => {
    const { files } = await openFeed(artifacts, { kind: 'csv', path, sha256: SHA256 });

    expect(files).toEqual([{ name: 'feed.csv', sha256: SHA256 }]);
  });

  it('refuses a file that is not the one of the settings, and says how to go on', async () => {
    writeFileSync(path, TEXT.replace('11,100', '11.5,100'));

    await expect(openFeed(artifacts, { kind: 'csv', path, sha256: SHA256 })).rejects.toMatchObject({
      type: FailureType.InvalidInput,
      message: expect.stringMatching(
        new RegExp(`hashes to .*settings say ${SHA256}.*retry the stage, or apply settings`),
      ) as string,
    });
  });

  it('lets the job of a network feed reach its own host and those that are allowed to all', async () => {
    const feed = { kind: 'csv-url', url: 'https://data.example/a.csv', sha256: SHA256 } as const;

    const opened = await openFeed(artifacts, feed, ['cdn.example:443', 'data.example:443']);

    const hosts = ['data.example:443', 'cdn.example:443'];
    const bytesMax = 256 * 1024 * 1024;
    expect(opened).toEqual({ feed: { ...feed, bytesMax, hosts }, files: [], hosts });
    expect((await openFeed(artifacts, { kind: 'csv', path }, hosts)).hosts).toEqual([]);
  });

  it('names the file that is not there', async () => {
    const missing = `${path}.gone`;

    await expect(openFeed(artifacts, { kind: 'csv', path: missing })).rejects.toMatchObject({
      type: FailureType.InvalidInput,
      message: expect.stringContaining(`feed file "${missing}" cannot be read`) as string,
    });
  });
});
