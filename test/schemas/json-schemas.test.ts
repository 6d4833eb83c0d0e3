import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import * as gate from '../../schemas/gate.ts';
import { JOB_TYPES } from '../../schemas/jobs/job-type.ts';
import * as job from '../../schemas/job.ts';
import * as release from '../../schemas/release.ts';
import * as settings from '../../schemas/settings.ts';
import { JOB_DOCUMENTS } from '../support/job-documents.ts';
import { ROOT, textOf } from '../support/repository.ts';

const FOLDER = 'schemas/json';
const SCRIPT = pathToFileURL(join(ROOT, 'scripts', 'json-schemas.js')).href;

/** The zod schema of each document in JOB_DOCUMENTS. */
const ZOD: Readonly<Record<string, z.ZodType>> = {
  'job-input': job.JobInput,
  'job-result': job.JobResult,
  'job-failure': job.JobFailure,
  'gate-policy': gate.GatePolicy,
  'release-manifest': release.ReleaseManifest,
  'strategy-settings': settings.StrategySettings,
  'collect-fetch.input': JOB_TYPES['collect/fetch'].input,
  'trade-walk.result': JOB_TYPES['trade/walk'].result,
  'retrain-search.input': JOB_TYPES['retrain/search'].input,
  'roll-out-evaluate.result': JOB_TYPES['roll-out/evaluate'].result,
};

type Validate = (document: unknown) => boolean;

/** Ajv comes with Temporal's bundler: webpack, schema-utils, ajv. */
function compile(schema: object): Validate {
  let load = createRequire(import.meta.url);
  for (const name of ['@temporalio/worker', 'webpack', 'schema-utils']) {
    load = createRequire(load.resolve(name));
  }
  const { Ajv2020 } = load('ajv/dist/2020.js') as {
    Ajv2020: new (options: object) => { compile(schema: object): Validate };
  };
  // Every format comes with a pattern, and ajv itself knows no formats.
  return new Ajv2020({ validateFormats: false, allowUnionTypes: true }).compile(schema);
}

describe('schemas/json', () => {
  it('is what the zod schemas say now (else run: npm run schemas)', async () => {
    const { jsonSchemas } = (await import(SCRIPT)) as {
      jsonSchemas: (vocabulary: object) => Map<string, string>;
    };

    const made = jsonSchemas({ JOB_TYPES, ...job, ...release, ...gate, ...settings });

    const committed = readdirSync(join(ROOT, FOLDER)).sort();
    expect(committed).toEqual([...made.keys()].sort());
    for (const [name, text] of made) {
      expect(textOf(`${FOLDER}/${name}`)).toBe(text);
    }
  });

  it('has the input and the result of every job type', () => {
    const names = Object.keys(JOB_TYPES).map((type) => type.replace('/', '-'));

    expect(readdirSync(join(ROOT, FOLDER))).toEqual(
      expect.arrayContaining(
        names.flatMap((name) => [`${name}.input.schema.json`, `${name}.result.schema.json`]),
      ),
    );
  });
});

describe.each(Object.entries(JOB_DOCUMENTS))('%s', (title, document) => {
  const schema = JSON.parse(textOf(`${FOLDER}/${title}.schema.json`)) as object;
  const validate = compile(schema);
  const refuses = (changed: unknown): boolean[] => [
    !validate(changed),
    !(ZOD[title]?.safeParse(changed).success ?? true),
  ];

  it('accepts a valid document, as zod does', () => {
    expect(refuses(document)).toEqual([false, false]);
  });

  // JSON has no `undefined`: a key without one is absent.
  const required = Object.keys(document).filter((key) => key !== 'input' && key !== 'result');

  it.each(required)('refuses it without %s, as zod does', (key) => {
    const { [key]: _, ...rest } = document;

    expect(refuses(rest)).toEqual([true, true]);
  });

  it('refuses it with an unknown key, as zod does', () => {
    expect(refuses({ ...document, surprise: 1 })).toEqual([true, true]);
  });

  it.each(required)('refuses it with a list as %s, as zod does', (key) => {
    expect(refuses({ ...document, [key]: [[]] })).toEqual([true, true]);
  });
});

describe('times in JSON Schemas', () => {
  const validate = compile(
    JSON.parse(textOf(`${FOLDER}/collect-fetch.input.schema.json`)) as object,
  );

  it.each(['2013-01-01', '2013-01-01T09:15:00Z', '2013-01-01T09:15:00.250Z'])('accept %s', (to) => {
    expect(validate({ ...JOB_DOCUMENTS['collect-fetch.input'], to })).toBe(true);
  });

  it.each(['2013', 'tomorrow', '2013-01-01T09:15:00', '2013-01-01T09:15:00+01:00'])(
    'refuse %s',
    (to) => {
      expect(validate({ ...JOB_DOCUMENTS['collect-fetch.input'], to })).toBe(false);
    },
  );
});
