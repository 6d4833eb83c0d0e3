/**
 * Runs the tests that need a Nomad cluster: `npm run test:nomad`, with the image that
 * STRATEGY_LOOP_TEST_IMAGE names, which the nodes must have or be able to pull.
 *
 * With NOMAD_ADDR set they run against that cluster, in namespaces of their own; NOMAD_TOKEN must then be a
 * management token where the cluster asks for one. Directories of this machine are the jobs', so the
 * nodes must see them under the same path, and the docker driver must allow volumes: an agent on this
 * machine does. Without NOMAD_ADDR an agent is started for the time of the run, where there are
 * `nomad`, a Docker Engine and root.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const UNAVAILABLE = 69;

function leave(reason) {
  console.error(`nomad tests NOT RUN: ${reason}`);
  process.exit(UNAVAILABLE);
}

/** Ctrl-C reaches Jest too; we stay to stop the agent. */
function runJest(environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(root, 'scripts/run-jest.js'),
        // One file after another: jobs of two of them would wait for the cores of a small node.
        ...['--selectProjects', 'nomad', '--runInBand'],
        ...process.argv.slice(2),
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } },
    );
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function runWithAgent({ startNomadAgent }) {
  // Short, because a path of a socket has 107 characters at most, and Nomad makes one deep below it.
  const directory = mkdtempSync(join(tmpdir(), 'sl-nomad-'));
  chmodSync(directory, 0o755);
  let agent = null;
  let isInterrupted = false;
  const interrupt = () => (isInterrupted = true);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
  try {
    agent = await startNomadAgent(join(directory, 'agent'));
    return isInterrupted ? 130 : await runJest(agent.environment);
  } finally {
    await agent?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

if (!process.env.STRATEGY_LOOP_TEST_IMAGE) {
  leave(
    'set STRATEGY_LOOP_TEST_IMAGE to an image that the nodes have (`strategy-loop image build` makes one)',
  );
}
if (process.env.NOMAD_ADDR) {
  process.exitCode = await runJest({});
} else {
  await ensureBuilt(root);
  const support = await import(pathToFileURL(join(root, 'dist/test/support/nomad-agent.js')).href);
  const reason = support.whyNoAgent();
  if (reason !== null) leave(`set NOMAD_ADDR to the address of a cluster; ${reason}`);
  process.exitCode = await runWithAgent(support);
}
