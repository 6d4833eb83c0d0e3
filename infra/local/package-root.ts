import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'strategy-loop';

/**
 * @returns the directory of this package's `package.json`, found upward from a file of ours, so
 *   that sources under Jest and the build in `dist/` agree.
 * @throws when there is none, which means that a file was taken out of the package.
 */
export function packageRoot(from: string = import.meta.url): string {
  const start = dirname(fileURLToPath(from));
  for (let directory = start; ; directory = dirname(directory)) {
    const path = join(directory, 'package.json');
    if (existsSync(path) && nameOf(path) === PACKAGE_NAME) {
      return directory;
    }
    if (directory === dirname(directory)) {
      throw new Error(`no package.json of ${PACKAGE_NAME} lies above ${start}`);
    }
  }
}

function nameOf(packageFile: string): unknown {
  const parsed: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : null;
}
