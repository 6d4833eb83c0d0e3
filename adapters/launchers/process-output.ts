import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobLimits } from '../../schemas/payload.ts';
import { nullWhenMissing } from './null-when-missing.ts';

/**
 * @returns whether a job's output directory holds more bytes or more entries than it may. Links are
 *   not followed. Counting stops at the first breach, so a million files cost no more than the cap.
 */
export async function isOutputTooLarge(directory: string, limits: JobLimits): Promise<boolean> {
  let bytes = 0;
  let entries = 0;
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for await (const entry of await opendir(next)) {
      const path = join(next, entry.name);
      entries += 1;
      if (entry.isDirectory()) {
        pending.push(path);
      } else {
        // A file may vanish between the listing and the look: jobs rename their temporary files.
        bytes += (await lstat(path).catch(nullWhenMissing))?.size ?? 0;
      }
      if (entries > limits.outputFilesMax || bytes > limits.outputBytesMax) {
        return true;
      }
    }
  }
  return false;
}
