import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { until } from '../../support/loop.ts';

/** A network for tests and examples (RFC 5737), which nobody routes. */
const BRIDGE_ADDRESS = '198.51.100.1/24';

/** A Docker Engine of our own, which may be killed without harm to anybody else's. */
export interface OwnEngine {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Kills the engine and starts it again; containers run on. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts an engine beside the machine's, and loads an image of that one into it. Needs root and
 * `dockerd` on the PATH.
 */
export async function startOwnEngine(directory: string, image: string): Promise<OwnEngine> {
  await mkdir(directory, { recursive: true });
  const socket = join(directory, 'docker.sock');
  const host = `unix://${socket}`;
  const docker = new Docker({ socketPath: socket });
  const bridge = `sl-faults${String(process.pid).slice(-5)}`;
  runIp('link', 'add', 'name', bridge, 'type', 'bridge');
  runIp('address', 'add', BRIDGE_ADDRESS, 'dev', bridge);
  const start = async (): Promise<ChildProcess> => {
    const log = openSync(join(directory, 'log'), 'a');
    const engine = spawn(
      'dockerd',
      [
        ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
        ...['--host', host, '--pidfile', join(directory, 'pid'), '--live-restore'],
        // Jobs have no network, and the machine's own engine keeps its rules. Without a bridge of its
        // own this one would take that of the other away, also with `--bridge none`.
        ...['--bridge', bridge, '--iptables=false', '--ip6tables=false'],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    await until(
      'the engine answers',
      () =>
        docker.ping().then(
          () => true,
          () => false,
        ),
      60_000,
    );
    return engine;
  };
  let engine = await start();
  const loaded = spawnSync('sh', ['-c', `docker save "$0" | docker -H "$1" load`, image, host], {
    encoding: 'utf8',
  });
  if (loaded.status !== 0) throw new Error(`image ${image} cannot be loaded: ${loaded.stderr}`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = once(engine, 'exit');
    engine.kill(signal);
    await gone;
  };
  return {
    docker,
    host,
    async restart() {
      await end('SIGKILL');
      // Its containerd died with it; where nobody reaps it, the engine would take it for alive.
      await rm(join(directory, 'exec', 'containerd', 'containerd.pid'), { force: true });
      engine = await start();
    },
    async close() {
      await end('SIGTERM');
      runIp('link', 'delete', bridge);
      unmountBelow(directory);
    },
  };
}

function runIp(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
}

/** An engine that was killed leaves its mounts, and one that ended leaves that of its data. */
function unmountBelow(directory: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounts.sort().reverse()) spawnSync('umount', ['--lazy', path]);
}
