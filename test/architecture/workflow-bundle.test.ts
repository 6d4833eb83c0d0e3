import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/repository.ts';

/** The SDK alone takes 1.6 MB of it, source map included. */
const BYTES_MAX = 2_000_000;

/**
 * Bundles some entry points and prints, for each, the bundle's size and whether zod is inside. A
 * process of its own, because webpack loads five times as slowly inside Jest.
 */
const BUNDLE = `
  import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
  const logger = new DefaultLogger('ERROR');
  const found = [];
  for (const workflowsPath of process.argv.slice(1)) {
    const { code } = await bundleWorkflowCode({ workflowsPath, logger });
    found.push({ bytes: Buffer.byteLength(code), zod: code.includes('node_modules/zod/') });
  }
  console.log(JSON.stringify(found));
`;

interface Bundle {
  readonly bytes: number;
  readonly zod: boolean;
}

describe('the workflow bundle', () => {
  let folder: string;
  let workflows: Bundle | undefined;
  let planted: Bundle | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strategy-loop-bundle-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const entry = join(folder, 'index.ts');
    await writeFile(entry, `export { Bar } from '${join(ROOT, 'schemas', 'bar.ts')}';\n`);
    [workflows, planted] = await bundle(join(ROOT, 'workflows', 'index.ts'), entry);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('builds from the sources, without zod', () => {
    expect(workflows?.zod).toBe(false);
  });

  it(`has at most ${String(BYTES_MAX)} bytes`, () => {
    expect(workflows?.bytes).toBeLessThanOrEqual(BYTES_MAX);
  });

  it('is found out when it loads zod, by name and by size', () => {
    expect(planted?.zod).toBe(true);
    expect(planted?.bytes).toBeGreaterThan(BYTES_MAX);
  });
});

async function bundle(...entries: string[]): Promise<Bundle[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', BUNDLE, ...entries],
    { cwd: ROOT },
  );
  return JSON.parse(stdout) as Bundle[];
}
