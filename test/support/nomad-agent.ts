import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import { erase, get, nomadSettings, put } from './nomad-cluster.ts';
import { until } from './until.ts';

const STARTED_MS_MAX = 60_000;
const STOPPED_MS_MAX = 30_000;

const PARTS = ['server', 'node'] as const;
type Part = (typeof PARTS)[number];

/** A cluster of one server and one node, two processes of this machine, with access control and TLS. */
export interface NomadAgent {
  /** What `nomad` and the tests need to reach it, with all rights. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends one of them at once, as a crash does. Containers run on. */
  readonly crash: (part: Part) => Promise<void>;
  /** Starts it again, on what the last one left, and waits until the cluster takes jobs. */
  readonly restart: (part: Part) => Promise<void>;
  /** Ends both, the containers of their jobs and what they mounted. */
  readonly stop: () => Promise<void>;
}

/** @returns why this machine can run no agent of its own; null when it can. */
export function whyNoAgent(): string | null {
  const isThere = (program: string, ...words: string[]): boolean => {
    try {
      execFileSync(program, words, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  if (!isThere('nomad', 'version')) return 'there is no program `nomad`';
  if (process.getuid?.() !== 0) return 'only root can run a node of a cluster of its own';
  if (!isThere('docker', 'info')) return 'no Docker Engine answers';
  return null;
}

/** Starts an agent on free ports, with all that it writes in a new directory. */
export async function startNomadAgent(directory: string): Promise<NomadAgent> {
  await mkdir(directory, { recursive: true });
  makeCertificates(directory);
  const [http = 0, rpc = 0, serf = 0, nodes = 0] = await freePorts(4);
  await writeFile(
    join(directory, 'server.hcl'),
    settings(directory, 'server', { http, rpc, serf }) + SERVER,
  );
  await writeFile(
    join(directory, 'node.hcl'),
    settings(directory, 'node', { http: nodes, rpc, serf }) + node(rpc),
  );
  const running = {
    server: startProcess(directory, 'server'),
    node: startProcess(directory, 'node'),
  };
  const certificates = {
    NOMAD_ADDR: `https://127.0.0.1:${String(http)}`,
    NOMAD_CACERT: join(directory, 'nomad-agent-ca.pem'),
    NOMAD_CLIENT_CERT: join(directory, 'global-cli-nomad.pem'),
    NOMAD_CLIENT_KEY: join(directory, 'global-cli-nomad-key.pem'),
  };
  const stopAll = async (client: NomadClient | null): Promise<void> => {
    if (client !== null) await removeJobs(client).catch(() => undefined);
    for (const part of PARTS.toReversed()) await end(running[part], 'SIGTERM');
    removeContainers(directory);
    endHelpers(directory);
    unmountAll(directory);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const token = await bootstrap(certificates, running.server, directory);
    const environment = { ...certificates, NOMAD_TOKEN: token };
    const client = new NomadClient(nomadSettings('*', token, environment));
    await untilReady(client);
    return {
      environment,
      crash: (part) => end(running[part], 'SIGKILL'),
      async restart(part) {
        running[part] = startProcess(directory, part);
        await untilReady(client);
      },
      stop: () => stopAll(client),
    };
  } catch (error) {
    await stopAll(null);
    throw error;
  }
}

function makeCertificates(directory: string): void {
  const tls = (...words: string[]): void => {
    execFileSync('nomad', ['tls', ...words], { cwd: directory, stdio: 'ignore' });
  };
  tls('ca', 'create');
  tls('cert', 'create', '-server', '-region', 'global');
  tls('cert', 'create', '-cli');
}

interface Ports {
  readonly http: number;
  readonly rpc: number;
  readonly serf: number;
}

function settings(directory: string, part: Part, { http, rpc, serf }: Ports): string {
  return `
bind_addr            = "127.0.0.1"
data_dir             = "${directory}/data-${part}"
disable_update_check = true
ports {
  http = ${String(http)}
  rpc  = ${String(rpc)}
  serf = ${String(serf)}
}
advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}
acl {
  enabled = true
}
tls {
  http                   = true
  rpc                    = true
  ca_file                = "${directory}/nomad-agent-ca.pem"
  cert_file              = "${directory}/global-server-nomad.pem"
  key_file               = "${directory}/global-server-nomad-key.pem"
  verify_server_hostname = true
  verify_https_client    = true
}
`;
}

/** A node that is away counts as down within seconds, so that tests need not wait for it. */
const SERVER = `
server {
  enabled           = true
  bootstrap_expect  = 1
  heartbeat_grace   = "5s"
  min_heartbeat_ttl = "1s"
}
`;

/** It must never remove an image, which others use too. */
function node(rpc: number): string {
  return `
client {
  enabled           = true
  servers           = ["127.0.0.1:${String(rpc)}"]
  network_interface = "lo"
  options {
    "driver.allowlist"     = "docker"
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean,consul,vault"
  }
}
plugin "docker" {
  config {
    volumes {
      enabled = true
    }
    gc {
      image = false
    }
  }
}
`;
}

/** The kernel gives each of several sockets that are open at once another port. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => {
      server.close();
      return once(server, 'close');
    }),
  );
  return ports;
}

function startProcess(directory: string, part: Part): ChildProcess {
  const log = openSync(join(directory, `${part}.log`), 'a');
  return spawn('nomad', ['agent', '-config', join(directory, `${part}.hcl`)], {
    cwd: directory,
    // Whoever interrupts the tests interrupts us, and we stop it in order.
    detached: true,
    stdio: ['ignore', log, log],
  });
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_MS_MAX);
  await exited;
  clearTimeout(timer);
}

/** The first token of a cluster, which may do everything. */
async function bootstrap(
  certificates: Readonly<Record<string, string>>,
  child: ChildProcess,
  directory: string,
): Promise<string> {
  const client = new NomadClient(nomadSettings('default', null, certificates));
  let secret = '';
  await until(
    'the agent has a leader',
    async () => {
      if (child.exitCode !== null) {
        const log = readFileSync(join(directory, 'server.log'), 'utf8');
        throw new Error(`nomad ended with ${String(child.exitCode)}: ${log.slice(-2_000)}`);
      }
      const answer = await put<{ SecretID: string }>(client, '/v1/acl/bootstrap', {}).catch(
        () => null,
      );
      secret = answer?.SecretID ?? '';
      return secret !== '';
    },
    STARTED_MS_MAX,
  );
  return secret;
}

async function untilReady(client: NomadClient): Promise<void> {
  const check = async (): Promise<boolean> => {
    const nodes = await get<
      { Status: string; Drivers: Record<string, { Healthy: boolean } | undefined> }[]
    >(client, '/v1/nodes').catch(() => null);
    return (nodes ?? []).some(
      ({ Status, Drivers }) => Status === 'ready' && Drivers['docker']?.Healthy === true,
    );
  };
  await until('a node of the agent takes jobs', check, STARTED_MS_MAX);
}

async function removeJobs(client: NomadClient): Promise<void> {
  const jobs = await get<{ ID: string; Namespace: string }[]>(client, '/v1/jobs');
  for (const { ID, Namespace } of jobs ?? []) {
    await erase(client, `/v1/job/${encodeURIComponent(ID)}?purge=true&namespace=${Namespace}`);
  }
  await until('the jobs of the agent are gone', async () => {
    await put(client, '/v1/system/gc', {});
    return (await get<unknown[]>(client, '/v1/allocations'))?.length === 0;
  });
}

/** What a crash has left: containers whose mounts lie below the agent's directory. */
function removeContainers(directory: string): void {
  const docker = (...words: string[]): string =>
    execFileSync('docker', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const label = 'com.hashicorp.nomad.alloc_id';
  const ids = docker('ps', '-aq', '--filter', `label=${label}`).split(/\s+/).filter(Boolean);
  for (const id of ids) {
    const mounts = docker('inspect', '--format', '{{range .Mounts}}{{.Source}}\n{{end}}', id);
    if (mounts.includes(`${directory}/`)) docker('rm', '--force', id);
  }
}

/** Processes that read containers' logs outlive a node that crashed; they work where it did. */
function endHelpers(directory: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`) === directory) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended while we looked.
    }
  }
}

function unmountAll(directory: string): void {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounted.reverse()) {
    execFileSync('umount', [path], { stdio: 'ignore' });
  }
}
