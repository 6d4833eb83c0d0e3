/**
 * Runs the tests that need a Docker Engine: `npm run test:docker`. Builds the project's image first,
 * on the base that STRATEGY_LOOP_BASE_IMAGE names, or on one made from Debian packages (as root).
 * With STRATEGY_LOOP_TEST_IMAGE set, that image is tested and nothing is built.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCAL_BASE = 'strategy-loop-base:node20';
const TEST_IMAGE = 'strategy-loop:test';

function run(program, args, options = {}) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  return status ?? 1;
}

function answer(program, args) {
  return execFileSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function hasImage(name) {
  return spawnSync('docker', ['image', 'inspect', name], { stdio: 'ignore' }).status === 0;
}

/** The image to build on. */
function baseImage() {
  const named = process.env.STRATEGY_LOOP_BASE_IMAGE;
  if (named) return named;
  if (
    !hasImage(LOCAL_BASE) &&
    run(join(root, 'infra/docker/make-base-image.sh'), [LOCAL_BASE]) !== 0
  ) {
    console.error(
      'no base image: set STRATEGY_LOOP_BASE_IMAGE, or run as root with debootstrap installed',
    );
    process.exit(69);
  }
  return LOCAL_BASE;
}

function buildImage() {
  const registry = answer('npm', ['config', 'get', 'registry']).trim();
  const built = run(process.execPath, [
    join(root, 'bin/strategy-loop.js'),
    ...['image', 'build', '--tag', TEST_IMAGE, '--base', baseImage()],
    ...['--registry', registry, '--network', 'host'],
  ]);
  if (built !== 0) process.exit(built);
  return TEST_IMAGE;
}

if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0) {
  console.error('no Docker Engine answers; start one (dockerd) or set DOCKER_HOST');
  process.exit(69);
}
const image = process.env.STRATEGY_LOOP_TEST_IMAGE ?? buildImage();
process.exit(
  run(
    process.execPath,
    // Jest takes every plain word after it for a project.
    ['scripts/run-jest.js', ...process.argv.slice(2), '--selectProjects', 'docker'],
    {
      env: { ...process.env, STRATEGY_LOOP_TEST_IMAGE: image },
    },
  ),
);
