import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files outside the rooms that decide what the build makes. */
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/build.js',
  'scripts/build-inputs.js',
  'scripts/json-schemas.js',
  'scripts/source-hashes.js',
];

/** @returns the rooms (top-level folders) that tsconfig.json names and that exist. */
export function rooms(root) {
  const settings = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return settings.include.filter((room) => existsSync(join(root, room)));
}

/** @returns paths of all files below a folder, relative to the root, sorted. */
export function filesBelow(root, folder) {
  const found = [];
  const pending = [folder];
  while (pending.length > 0) {
    const current = pending.pop();
    for (const entry of readdirSync(join(root, current), { withFileTypes: true })) {
      const path = `${current}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else found.push(path);
    }
  }
  return found.sort();
}

/** @returns paths of the TypeScript sources of all rooms, relative to the root, sorted. */
export function sourceFiles(root) {
  return rooms(root)
    .flatMap((room) => filesBelow(root, room))
    .filter((path) => path.endsWith('.ts'));
}

/** One hash over names and bytes of some files; a missing file counts as empty. */
export function hashFiles(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const full = join(root, path);
    const bytes = existsSync(full) ? readFileSync(full) : Buffer.alloc(0);
    hash.update(`${path}\0${String(bytes.length)}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * One hash over everything that the build reads. Contents are compared, not times, because a
 * checkout or a copy into an image changes times and no contents.
 */
export function fingerprint(root) {
  return hashFiles(root, [...SETTINGS, ...sourceFiles(root)]);
}

/** False in a package that was published or copied without its sources. */
export function hasSources(root) {
  return existsSync(join(root, 'tsconfig.json')) && existsSync(join(root, 'schemas', 'stage.ts'));
}
