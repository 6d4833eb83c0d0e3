import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { engineVersionOf, originOf, readSourceHashes } from '../../jobs/host/source-hashes.ts';
import { DescribeResult } from '../../schemas/jobs/describe.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import { JobDirectory } from '../support/job-directory.ts';
import { ROOT } from '../support/repository.ts';
import { SOURCE_HASHES } from '../support/source-hashes.ts';

const script = pathToFileURL(join(ROOT, 'scripts', 'source-hashes.js')).href;
const { sourceHashes } = (await import(script)) as { sourceHashes: (root: string) => SourceHashes };

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

describe('describe/strategies', () => {
  it('lists every registered strategy with schemas that accept its defaults', async () => {
    const run = await directory.run(
      'describe/strategies',
      {},
      {},
      { envelope: { strategyId: '' } },
    );

    const { strategies } = DescribeResult.parse(run.result());
    expect(strategies.map((each) => each.strategyId)).toEqual(STRATEGIES.map(({ id }) => id));
    for (const each of strategies) {
      const parameters = z.fromJSONSchema(each.parameterSchema as z.core.JSONSchema.JSONSchema);
      const trainer = z.fromJSONSchema(each.trainerSchema as z.core.JSONSchema.JSONSchema);
      expect(parameters.safeParse(each.defaultParameters).success).toBe(true);
      expect(parameters.safeParse({ ...each.defaultParameters, colour: 1 }).success).toBe(false);
      expect(trainer.safeParse(each.defaultTrainer).success).toBe(true);
      expect(trainer.safeParse({}).success).toBe(true);
    }
  });
});

describe('sourceHashes', () => {
  it('knows every registered strategy and both trainers', () => {
    const hashes = sourceHashes(ROOT);

    expect(Object.keys(hashes.strategies)).toEqual(STRATEGIES.map(({ id }) => id));
    expect(Object.keys(hashes.trainers)).toEqual(['retrain/search', 'retrain/train']);
    expect(hashes.packages['onnx-proto']).toBe('8.0.1');
  });

  it('changes what belongs to a source when that source changes, and nothing else', () => {
    const before = sourceHashes(copyOf({}));
    const changed = (path: string) => sourceHashes(copyOf({ [path]: '// changed\n' }));

    const engine = changed('engine/walk.ts');
    expect(engine.engine).not.toBe(before.engine);
    expect(engine.strategies).toEqual(before.strategies);
    const one = changed('strategies/one.ts').strategies;
    expect(one['one']).not.toBe(before.strategies['one']);
    expect(one['two']).toBe(before.strategies['two']);
    const shared = changed('strategies/strategy.ts');
    expect(shared.strategies['two']).not.toBe(before.strategies['two']);
    expect(shared.trainers['retrain/train']).not.toBe(before.trainers['retrain/train']);
    const trainer = changed('jobs/retrain/fit.ts').trainers;
    expect(trainer['retrain/train']).not.toBe(before.trainers['retrain/train']);
    expect(trainer['retrain/search']).toBe(before.trainers['retrain/search']);
    expect(changed('strategies/registry.ts')).toEqual(before);
  });

  it('does not depend on the line ends of a checkout', () => {
    const windows = { 'engine/walk.ts': 'export {};\r\nexport {};\r\n' };
    const unix = { 'engine/walk.ts': 'export {};\nexport {};\n' };

    expect(sourceHashes(copyOf(windows))).toEqual(sourceHashes(copyOf(unix)));
  });
});

/** A tiny checkout with one file changed. */
function copyOf(over: Record<string, string>): string {
  const root = mkdtempSync(join(directory.root, 'checkout-'));
  const files: Record<string, string> = {
    'engine/walk.ts': 'export {};\n',
    'strategies/registry.ts': "import './one.ts';\n",
    'strategies/strategy.ts': 'export {};\n',
    'strategies/one.ts': 'export const one = defineStrategy({});\n',
    'strategies/two.ts': 'export const two = defineStrategy({});\n',
    'jobs/retrain/search.ts': "import '../../strategies/strategy.ts';\n",
    'jobs/retrain/train.ts': "import { fit } from './fit.ts';\n",
    'jobs/retrain/fit.ts': 'export const fit = 1;\n',
    'node_modules/onnx-proto/package.json': '{"version":"1.0.0"}',
    'node_modules/protobufjs/package.json': '{"version":"2.0.0"}',
  };
  for (const [path, text] of Object.entries(over)) {
    const isStrategy = path === 'strategies/one.ts';
    files[path] = isStrategy ? `${String(files[path])}${text}` : text;
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('readSourceHashes', () => {
  it('reads the first place that has the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strategy-loop-hashes-'));
    writeFileSync(join(folder, 'b.json'), JSON.stringify(SOURCE_HASHES));

    expect(readSourceHashes([join(folder, 'a.json'), join(folder, 'b.json')])).toEqual(
      SOURCE_HASHES,
    );
    rmSync(folder, { recursive: true });
  });

  it('says what to do when no build has written it', () => {
    expect(() => readSourceHashes(['/nowhere/a.json'])).toThrow(
      'source-hashes.json must lie in the build, was not found at /nowhere/a.json. Run "npm run build".',
    );
  });
});

describe('originOf', () => {
  it('stamps the engine with its version and the start of its hash', () => {
    expect(engineVersionOf(SOURCE_HASHES)).toBe('engine-1+eeeeeeeeeeee');
  });

  it('does not make up a hash for what the build does not know', () => {
    expect(() => originOf(SOURCE_HASHES, 'ml-forecast', 'retrain/evolve')).toThrow(
      'trainers in source-hashes.json must have retrain/evolve',
    );
  });
});
