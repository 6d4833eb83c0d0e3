import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { cachedPostgres } from '../../infra/local/postgres-binaries.ts';
import { installedTemporal } from '../../infra/local/temporal-binary.ts';
import { packagePath } from '../package-path.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

const run = promisify(execFile);
const RUN_MS_MAX = 10_000;

/** Programs and native libraries that the loop starts or loads. Nothing is fetched or copied. */
export function programChecks(): Check[] {
  const area = 'programs';
  const isDatabaseGiven = (process.env['DATABASE_URL'] ?? '') !== '';
  const isTemporalGiven = (process.env['TEMPORAL_ADDRESS'] ?? '') !== '';
  return [
    { area, name: 'build', look: lookAtBuild },
    { area, name: 'Postgres', look: () => lookAtPostgres(isDatabaseGiven) },
    { area, name: 'Temporal', look: () => lookAtTemporal(isTemporalGiven) },
    { area, name: 'Go', look: lookAtGo },
    { area, name: 'onnxruntime', look: lookAtOnnx },
  ];
}

async function firstLine(program: string, ...words: string[]): Promise<string> {
  const { stdout } = await run(program, words, { timeout: RUN_MS_MAX });
  return stdout.trim().split('\n')[0] ?? '';
}

async function lookAtBuild(): Promise<Verdict> {
  try {
    await Promise.all(
      ['dist/jobs/main.js', 'dist/workers/embedded.js', 'dist/workflow-bundle.js'].map((path) =>
        access(packagePath(path)),
      ),
    );
    return ok('dist/ holds jobs, worker and workflows');
  } catch {
    return fail('dist/ is not complete', 'run `npm run build`');
  }
}

async function lookAtPostgres(isGiven: boolean): Promise<Verdict> {
  if (isGiven) return ok('the embedded one is not used: DATABASE_URL is set');
  const { version, postgres } = await cachedPostgres();
  if (postgres === null) {
    return ok(`${version} comes with the packages; it is copied to the cache at the first start`);
  }
  return ok(`${await firstLine(postgres, '--version')}, ${postgres}`);
}

async function lookAtTemporal(isGiven: boolean): Promise<Verdict> {
  if (isGiven) return ok('the embedded one is not used: TEMPORAL_ADDRESS is set');
  const program = await installedTemporal();
  if (program !== null) return ok(`${await firstLine(program, '--version')}, ${program}`);
  return warn(
    'not here yet: the first start downloads it, or compiles it with Go, which takes minutes',
    'put the temporal command line (https://docs.temporal.io/cli) on the PATH to avoid that',
  );
}

async function lookAtGo(): Promise<Verdict> {
  try {
    return ok(await firstLine('go', 'version'));
  } catch {
    const isNeeded = (await installedTemporal()) === null;
    return isNeeded
      ? warn(
          'not here; it would compile Temporal if that cannot be downloaded',
          'install Go 1.25 or later',
        )
      : ok('not here, and not needed: there is a Temporal server');
  }
}

/** In a process of its own: a native library that does not fit this machine may end its process. */
async function lookAtOnnx(): Promise<Verdict> {
  const require = createRequire(import.meta.url);
  const mend = 'run `npm ci` again on this machine; the package holds one library per platform';
  try {
    const path = require.resolve('onnxruntime-node');
    const script = 'const o = require(process.argv[1]); console.log(o.env.versions.node);';
    return ok(await firstLine(process.execPath, '-e', script, path));
  } catch (error) {
    const { stderr, message } = error as { stderr?: string } & Error;
    const reason = (stderr ?? message).split('\n').find((line) => /error/i.test(line)) ?? message;
    return fail(`its native library does not load: ${reason.trim()}`, mend);
  }
}
