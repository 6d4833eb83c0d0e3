import { join } from 'node:path';
import { packageRoot } from '../infra/local/package-root.ts';

/** Absolute path of a file of this package. */
export function packagePath(relative: string): string {
  return join(packageRoot(), relative);
}
