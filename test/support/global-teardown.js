import { waitForNone } from '../../scripts/leftovers.js';

/**
 * After the tests that start real servers: nothing that they started may still run. Everything
 * they write lies in one folder, so a process belongs to them when it works there.
 */
export default async function globalTeardown() {
  await globalThis.stopTestServers?.();
  const folder = process.env['STRATEGY_LOOP_TEST_ROOT'];
  if (folder === undefined) return;
  const left = await waitForNone(folder);
  if (left.length > 0) {
    const lines = left.map(({ pid, command }) => `${String(pid)} ${command}`);
    throw new Error(`tests left processes behind:\n${lines.join('\n')}`);
  }
}
