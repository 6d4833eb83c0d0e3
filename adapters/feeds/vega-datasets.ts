import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FeedFile } from './feed-file.ts';

const FILE = 'sp500-2000.csv';

/**
 * The daily S&P 500 bars 2000-01-03 to 2020-04-17 (5,105 rows) in the npm package
 * `vega-datasets`, BSD-3-Clause.
 */
export function vegaDatasetsFile(): FeedFile {
  return {
    name: FILE,
    chunks: () => createReadStream(vegaDatasetsPath()) as AsyncIterable<Buffer>,
  };
}

/** Where the package keeps the file. */
export function vegaDatasetsPath(): string {
  // The package exports its entry point only, so its data folder is found from there.
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(entry), '..', 'data', FILE);
}
