import { mkdtempSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @returns a new directory below the test run's own, open to all, because a database server that
 *   root starts runs as another user. The test run removes it in the end.
 */
export async function scratchDirectory(name: string): Promise<string> {
  const directory = mkdtempSync(
    join(process.env['STRATEGY_LOOP_TEST_ROOT'] ?? tmpdir(), `${name}-`),
  );
  await chmod(directory, 0o755);
  return directory;
}
