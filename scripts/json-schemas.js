/**
 * Writes the JSON Schemas of the job contract and of stored documents, made from the zod schemas,
 * to schemas/json/. Programs in other languages validate against them. Run it after changing a
 * schema: `npm run schemas`.
 */
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';

const ENDING = '.schema.json';

/**
 * zod's own patterns for dates run to hundreds of characters and drown a diff. These say the same
 * but for the number of days in a month, which `format` and zod check.
 */
const TIME_PATTERNS = {
  date: '^\\d{4}-\\d{2}-\\d{2}$',
  'date-time': '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?Z$',
};

/** Modules of schemas/ that hold what is exported. */
export const SCHEMA_MODULES = ['jobs/job-type', 'job', 'release', 'gate', 'settings'];

/**
 * @param vocabulary the exports of SCHEMA_MODULES in one object.
 * @returns text of each JSON Schema by file name.
 */
export function jsonSchemas(vocabulary) {
  const schemas = {
    'job-input': vocabulary.JobInput,
    'job-result': vocabulary.JobResult,
    'job-failure': vocabulary.JobFailure,
    'release-manifest': vocabulary.ReleaseManifest,
    'gate-policy': vocabulary.GatePolicy,
    'strategy-settings': vocabulary.StrategySettings,
  };
  for (const [jobType, { input, result }] of Object.entries(vocabulary.JOB_TYPES)) {
    const name = jobType.replace('/', '-');
    schemas[`${name}.input`] = input;
    schemas[`${name}.result`] = result;
  }
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [`${name}${ENDING}`, textOf(name, schema)]),
  );
}

function textOf(name, schema) {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const pattern = TIME_PATTERNS[jsonSchema.format];
      if (pattern !== undefined) jsonSchema.pattern = pattern;
    },
  });
  return `${JSON.stringify({ $schema: json.$schema, title: name, ...json }, null, 2)}\n`;
}

/**
 * Writes every JSON Schema to a folder and removes those that are not made any more.
 *
 * @param root folder of the checkout, with a built dist/.
 */
export async function writeJsonSchemas(root, folder) {
  const modules = await Promise.all(
    SCHEMA_MODULES.map(
      (name) => import(pathToFileURL(join(root, 'dist', 'schemas', `${name}.js`)).href),
    ),
  );
  const schemas = jsonSchemas(Object.assign({}, ...modules));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of schemas) {
    const unfinished = join(folder, `${name}.${String(process.pid)}.tmp`);
    writeFileSync(unfinished, text);
    renameSync(unfinished, join(folder, name));
  }
  for (const name of readdirSync(folder)) {
    if (name.endsWith(ENDING) && !schemas.has(name)) rmSync(join(folder, name));
  }
  return schemas.size;
}

const startedAs = process.argv[1];
if (startedAs !== undefined && realpathSync(startedAs) === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const count = await writeJsonSchemas(root, join(root, 'schemas', 'json'));
  process.stderr.write(`wrote ${String(count)} JSON Schemas to schemas/json/\n`);
}
