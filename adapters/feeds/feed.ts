import type { FetchInput } from '../../schemas/jobs/collect.ts';
import { csvUrlFile } from './csv-url.ts';
import { csvFile } from './csv.ts';
import type { FeedFile } from './feed-file.ts';
import { vegaDatasetsFile } from './vega-datasets.ts';

/**
 * Gets the price file of a feed.
 *
 * @param readChunks streams a file that came with the request, by its name there.
 */
export function openFeed(
  feed: FetchInput['feed'],
  readChunks: (name: string) => AsyncIterable<Buffer>,
): FeedFile {
  switch (feed.kind) {
    case 'vega-datasets':
      return vegaDatasetsFile();
    case 'csv':
      return csvFile(feed, readChunks);
    case 'csv-url':
      return csvUrlFile(feed);
    default:
      return feed satisfies never;
  }
}
