import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { FoundStrategy } from './find-strategy.ts';
import { readSourceHashes } from './source-hashes.ts';

/** Files of a package that can be code or data of a strategy. */
const SOURCE = /\.(c|m)?(js|ts)$|\.json$/;

/**
 * SHA-256 of the code of a strategy. An installed one has the hash that its releases carry; a file is
 * hashed with every file that it imports by a relative path, a package with all its sources. Line ends
 * are normalized. Other packages that they import are not part of it.
 */
export function strategyHash({ strategy, source }: FoundStrategy): string {
  if (source === null) return readSourceHashes().strategies[strategy.id] ?? '';
  if (source.kind === 'file') return hashOf(importedFiles(source.path), dirname(source.path));
  const folder = packageFolder(source.name, source.directory);
  return folder === null ? '' : hashOf(sourcesBelow(folder), folder);
}

function hashOf(paths: readonly string[], root: string): string {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) {
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${relative(root, path)}\0${String(Buffer.byteLength(text))}\0${text}`);
  }
  return hash.digest('hex');
}

/** A file and every file that it imports by a relative path, directly or not. */
function importedFiles(entry: string): string[] {
  const found = new Set<string>();
  const pending = [entry];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const specifiers = readFileSync(path, 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g,
    );
    for (const [, specifier = ''] of specifiers) {
      const target = join(dirname(path), specifier);
      const place = [target, target.replace(/\.js$/, '.ts')].find((each) => existsSync(each));
      if (place !== undefined) pending.push(place);
    }
  }
  return [...found];
}

function packageFolder(name: string, directory: string): string | null {
  for (let folder = directory; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(place)) return place;
    if (folder === dirname(folder)) return null;
  }
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' ? [] : sourcesBelow(path);
    return SOURCE.test(name) ? [path] : [];
  });
}
