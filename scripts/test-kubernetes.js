/**
 * Runs the tests that need a Kubernetes cluster: `npm run test:kubernetes`. They run against the cluster
 * that KUBECONFIG names, in a namespace of their own, with the image that STRATEGY_LOOP_TEST_IMAGE
 * names, which the nodes must have or be able to pull. A directory of this machine becomes the jobs'
 * volume, so the nodes must see it under the same path: a one-node cluster on this machine does.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const UNAVAILABLE = 69;

function whyNot() {
  const { KUBECONFIG, STRATEGY_LOOP_TEST_IMAGE } = process.env;
  if (!KUBECONFIG) return 'set KUBECONFIG to the file that names a cluster';
  if (!existsSync(KUBECONFIG)) return `KUBECONFIG names ${KUBECONFIG}, which does not exist`;
  if (!STRATEGY_LOOP_TEST_IMAGE) {
    return 'set STRATEGY_LOOP_TEST_IMAGE to an image that its nodes have (`strategy-loop image build` makes one)';
  }
  return null;
}

const reason = whyNot();
if (reason !== null) {
  console.error(`kubernetes tests NOT RUN: ${reason}`);
  process.exit(UNAVAILABLE);
}
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'scripts/run-jest.js'),
    // One file after another: pods of two of them would wait for the cores of a small node.
    ...['--selectProjects', 'kubernetes', '--runInBand'],
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
