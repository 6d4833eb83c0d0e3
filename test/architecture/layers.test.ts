import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CONFIG = join(ROOT, '.dependency-cruiser.cjs');

/** [rule that must find it, planted file, its text] */
const PLANTED: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['schemas-imports', 'schemas/a.ts', value('../engine/good.ts')],
  ['schemas-packages', 'schemas/b.ts', value('node:fs')],
  ['engine-imports', 'engine/a.ts', value('../adapters/good.ts')],
  ['engine-packages', 'engine/b.ts', value('node:crypto')],
  ['engine-packages', 'engine/c.ts', value('pg')],
  ['strategies-imports', 'strategies/a.ts', value('../adapters/good.ts')],
  ['strategies-packages', 'strategies/b.ts', value('node:fs')],
  ['adapters-imports', 'adapters/a.ts', value('../activities/good.ts')],
  ['adapters-imports', 'adapters/b.ts', value('../strategies/good.ts')],
  ['activities-imports', 'activities/a.ts', value('../strategies/good.ts')],
  ['workflows-imports', 'workflows/a.ts', type('../engine/good.ts')],
  ['workflows-import-activities-as-types', 'workflows/b.ts', value('../activities/good.ts')],
  ['workflows-import-zod-free-schemas', 'workflows/c.ts', value('../schemas/bar.ts')],
  ['workflows-packages', 'workflows/d.ts', value('zod')],
  ['workflows-packages', 'workflows/e.ts', value('node:fs')],
  ['workflows-packages', 'workflows/f.ts', value('@temporalio/worker')],
  ['jobs-imports', 'jobs/a.ts', value('../adapters/postgres/good.ts')],
  ['jobs-imports', 'jobs/b.ts', value('../activities/good.ts')],
  ['executor-imports', 'executor/a.ts', value('../adapters/feeds/good.ts')],
  ['gateway-imports', 'gateway/a.ts', value('../strategies/good.ts')],
  ['console-imports', 'console/a.ts', value('../strategies/good.ts')],
  ['workers-imports', 'workers/a.ts', value('../strategies/good.ts')],
  ['workers-imports', 'workers/b.ts', value('../workflows/good.ts')],
  ['cli-imports', 'cli/a.ts', value('../strategies/good.ts')],
  ['infra-local-imports', 'infra/local/a.ts', value('../../workflows/good.ts')],
  ['untrusted-packages', 'jobs/c.ts', value('pg')],
  ['untrusted-packages', 'executor/b.ts', value('@temporalio/worker')],
  ['zod-free-schemas', 'schemas/ids.ts', value('zod')],
  ['zod-free-schemas', 'schemas/window.ts', value('./bar.ts')],
  ['no-circular', 'adapters/round.ts', `${value('./trip.ts')}export const a = 1;\n`],
  ['no-orphans', 'engine/alone.ts', 'export const alone = 1;\n'],
  ['no-unresolvable', 'adapters/c.ts', value('./gone.ts')],
  ['no-undeclared-packages', 'adapters/d.ts', value('undeclared')],
  ['no-development-packages', 'adapters/e.ts', value('jest')],
  ['no-imports-of-tests', 'scripts/a.ts', value('../test/good.ts')],
];

/** What the rules allow, so that a rule that forbids everything is found as well. */
const INNOCENT: Readonly<Record<string, string>> = {
  'schemas/bar.ts': value('zod'),
  'schemas/stage.ts': type('./bar.ts'),
  'schemas/good.ts': value('./stage.ts'),
  'engine/good.ts': value('../schemas/bar.ts') + value('pure-rand'),
  'strategies/good.ts': value('../engine/good.ts') + value('zod'),
  'adapters/good.ts': value('../engine/good.ts') + value('node:fs') + value('pg'),
  'adapters/postgres/good.ts': value('../good.ts'),
  'adapters/feeds/good.ts': value('../../schemas/bar.ts'),
  'adapters/onnx/good.ts': value('../../schemas/bar.ts'),
  'adapters/trip.ts': value('./round.ts'),
  'adapters/types-one.ts': type('./types-two.ts'),
  'adapters/types-two.ts': value('./types-one.ts'),
  'activities/good.ts': value('../adapters/good.ts') + value('@temporalio/worker'),
  'workflows/good.ts':
    value('../schemas/stage.ts') +
    type('../schemas/bar.ts') +
    type('../activities/good.ts') +
    value('@temporalio/workflow'),
  'jobs/good.ts': value('../adapters/feeds/good.ts') + value('../strategies/good.ts'),
  'executor/good.ts': value('../adapters/onnx/good.ts') + value('../strategies/good.ts'),
  'gateway/good.ts': value('../adapters/good.ts'),
  'console/good.ts': value('../adapters/good.ts'),
  'workers/good.ts': value('../activities/good.ts'),
  'infra/local/good.ts': value('../../adapters/good.ts'),
  'cli/good.ts': value('../infra/local/good.ts') + value('../workers/good.ts'),
  'test/good.ts': value('../workflows/good.ts') + value('../strategies/good.ts') + value('jest'),
};

const PACKAGES = ['zod', 'pg', 'pure-rand', '@temporalio/worker', '@temporalio/workflow'];

describe('.dependency-cruiser.cjs', () => {
  let folder: string;
  let found: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strategy-loop-layers-'));
    await plant(folder);
    found = await cruise(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(PLANTED)('%s finds %s', (rule, file) => {
    expect(found).toContain(`${rule}: ${file}`);
  });

  it('has a planted violation for every rule', () => {
    const config = createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string }[] };

    const untested = config.forbidden.filter(
      ({ name }) => !PLANTED.some(([rule]) => rule === name),
    );

    expect(untested.map((rule) => rule.name)).toEqual([]);
  });

  it('allows what the table allows', () => {
    // trip.ts is the other half of the planted circle.
    const accused = Object.keys(INNOCENT).filter(
      (file) => file !== 'adapters/trip.ts' && found.some((line) => line.endsWith(`: ${file}`)),
    );

    expect(accused).toEqual([]);
  });
});

function value(from: string): string {
  return `import '${from}';\n`;
}

function type(from: string): string {
  return `import type { T } from '${from}';\nexport type U = T;\n`;
}

async function plant(folder: string): Promise<void> {
  const files: Record<string, string> = {
    ...INNOCENT,
    ...Object.fromEntries(PLANTED.map(([, file, text]) => [file, text])),
    'tsconfig.json': '{"compilerOptions":{"module":"nodenext","allowImportingTsExtensions":true}}',
    'package.json': JSON.stringify({
      type: 'module',
      dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '*'])),
      devDependencies: { jest: '*' },
    }),
  };
  for (const name of [...PACKAGES, 'jest', 'undeclared']) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: 'index.js' });
    files[`node_modules/${name}/index.js`] = '';
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

interface CruiseResult {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** Runs dependency-cruiser over a folder; one `rule: file` for each violation. */
async function cruise(folder: string): Promise<string[]> {
  const command = join(ROOT, 'node_modules', '.bin', 'depcruise');
  // Exits 0 with the json reporter, whatever it finds.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, '--config', CONFIG, '--output-type', 'json', '.'],
    { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
  );
  const result = JSON.parse(stdout) as CruiseResult;
  return result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}
