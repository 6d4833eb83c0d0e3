import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FeedFile } from './feed-file.ts';

const FILE = 'sp500-2000.csv';
/** Of the file in vega-datasets 3.2.1. A changed number within its row's range shows only here. */
const SHA256 = '9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8';

/**
 * The daily S&P 500 bars 2000-01-03 to 2020-04-17 (5,105 rows) in the npm package
 * `vega-datasets`, BSD-3-Clause.
 */
export function vegaDatasetsFile(): FeedFile {
  return {
    name: FILE,
    sha256: SHA256,
    chunks: () => createReadStream(vegaDatasetsPath()) as AsyncIterable<Buffer>,
  };
}

/** Where the package keeps the file. */
export function vegaDatasetsPath(): string {
  // The package exports its entry point only, so its data folder is found from there.
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(entry), '..', 'data', FILE);
}
