import type { FeedFile } from './feed-file.ts';

export interface CsvFeed {
  /** Name of the file beside the request. */
  readonly file: string;
  /** Name that its owner gave it; remarks use this one. */
  readonly originalName: string;
}

/** A price file that came with the request: a reader of feeds needs no path of its own. */
export function csvFile(
  feed: CsvFeed,
  readChunks: (name: string) => AsyncIterable<Buffer>,
): FeedFile {
  return { name: feed.originalName, chunks: () => readChunks(feed.file) };
}
