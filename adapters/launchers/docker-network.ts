import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { PROXY_PORT, PROXY_READY } from '../proxy/proxy-contract.ts';
import {
  confinement,
  containerName,
  jobLabels,
  LABEL_DIRECTORY,
  LABEL_NETWORK,
  ofJob,
} from './docker-container.ts';
import { nullOn, statusOf, textOfFrames } from './docker-engine.ts';
import { NoNetworkError } from './launcher.ts';
import type { LaunchSpec } from './launcher.ts';
import { pause } from './process-wait.ts';

/** Name of the proxy in that network. */
const PROXY_ALIAS = 'proxy';
const MIB = 1024 * 1024;
const MEMORY_BYTES = 192 * MIB;
const PIDS_MAX = 64;
/** Of a proxy's log, what is kept: its last bytes. */
const LOG_BYTES_MAX = 4096;
const TICK_MS = 100;
/** For another worker to finish a start that it has begun. */
const START_MS_MAX = 30_000;

/** How jobs that name hosts reach them. */
export interface DockerNetworkSettings {
  /** argv of the proxy, inside the image. */
  readonly proxyCommand: readonly string[];
  /** Network of the engine through which the proxy, and nobody else, gets out. */
  readonly outside: string;
  /** Hosts, with commas between, that may lie in a private network. */
  readonly privateHosts: string;
  /** File of this machine with certificates that jobs trust beside the usual ones; null for none. */
  readonly certificates: string | null;
}

/** What does not depend on the job. */
interface ProxySettings {
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly directory: string;
  readonly securityOptions: readonly string[];
  readonly network: DockerNetworkSettings;
}

/** @returns the name of the container through which a job reaches its hosts. */
export function proxyName(jobDirectory: string): string {
  return `${containerName(jobDirectory)}-proxy`;
}

/** Where a job finds its proxy. */
export const PROXY_URL = `http://${PROXY_ALIAS}:${String(PROXY_PORT)}`;

/**
 * Starts a job's proxy in a network of its own, or finds the one that another worker has started.
 * The engine lets one of several workers have the container's name; that one does the rest, and when
 * it dies on the way another one starts over.
 *
 * @returns the id of the network, in which there is nobody but the proxy.
 */
export async function ensureProxy(
  docker: Docker,
  spec: LaunchSpec,
  settings: ProxySettings,
): Promise<string> {
  const jobDirectory = join(settings.directory, spec.jobName);
  const container = docker.getContainer(proxyName(jobDirectory));
  const giveUpAt = performance.now() + 2 * START_MS_MAX;
  while (performance.now() < giveUpAt) {
    const proxy = await container.inspect().catch(nullOn(404));
    const network = proxy?.Config.Labels[LABEL_NETWORK];
    if (proxy === null || network === undefined) {
      await startProxy(docker, spec, settings);
    } else if (proxy.State.Running) {
      if (await isReady(container)) return network;
    } else if (isAbandoned(proxy)) {
      await removeProxy(docker, jobDirectory);
    }
    await pause(TICK_MS);
  }
  const said = (await proxyLog(docker, jobDirectory))?.toString().trim() ?? '';
  throw new NoNetworkError(
    spec,
    `Its proxy did not start. ${said === '' ? 'It printed nothing' : `It printed: ${said}`}.`,
  );
}

/** Removes a job's proxy and network. Harmless when there is none. */
export async function removeProxy(docker: Docker, jobDirectory: string): Promise<void> {
  await docker
    .getContainer(proxyName(jobDirectory))
    .remove({ v: true, force: true })
    .catch(nullOn(404, 409));
  const filters = ofJob(jobDirectory);
  for (const { Id } of await docker.listNetworks({ filters })) await removeNetwork(docker, Id);
}

/** @returns the last that a job's proxy has printed; null when there is none any more. */
export async function proxyLog(docker: Docker, jobDirectory: string): Promise<Buffer | null> {
  const frames = await docker
    .getContainer(proxyName(jobDirectory))
    .logs({ stdout: true, stderr: true, follow: false, tail: 100 })
    .catch(nullOn(404, 409));
  return frames === null ? null : textOfFrames(frames, Infinity).subarray(-LOG_BYTES_MAX);
}

/** Labels of a launcher directory's networks, whether or not there is a container in them. */
export async function networkLabels(
  docker: Docker,
  directory: string,
): Promise<(Record<string, string> | undefined)[]> {
  const filters = { label: [`${LABEL_DIRECTORY}=${directory}`] };
  return (await docker.listNetworks({ filters })).map(({ Labels }) => Labels);
}

/** 403: the job is still in it; it goes when the job does. */
async function removeNetwork(docker: Docker, id: string): Promise<void> {
  await docker.getNetwork(id).remove().catch(nullOn(403, 404));
}

async function startProxy(
  docker: Docker,
  spec: LaunchSpec,
  settings: ProxySettings,
): Promise<void> {
  const labels = jobLabels(spec, settings.directory);
  const jobDirectory = join(settings.directory, spec.jobName);
  const { id } = await docker.createNetwork({
    // Of two workers that race, each makes one; the engine cannot tell two of one name apart.
    Name: `strategy-loop-${spec.jobName}-${randomUUID().slice(0, 8)}`,
    Driver: 'bridge',
    Internal: true,
    // The proxy would not know clients of a second family.
    EnableIPv6: false,
    // An internal network still reaches the engine's host at the bridge's address, unless it has none.
    Options: {
      'com.docker.network.bridge.inhibit_ipv4': 'true',
      'com.docker.network.bridge.gateway_mode_ipv4': 'isolated',
    },
    Labels: labels,
  });
  const { IPAM } = await docker.getNetwork(id).inspect();
  const subnets = (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  if (subnets.length === 0) {
    await removeNetwork(docker, id);
    // Without one the proxy could not tell the job from its neighbours outside.
    throw new NoNetworkError(spec, 'The engine gave its network no subnet; see its address pools.');
  }
  const options = proxyOptions(spec, settings, { id, labels, clients: subnets.join(',') });
  const container = await docker.createContainer(options).catch((error: unknown) => error);
  if (statusOf(container) !== null || container instanceof Error) {
    await removeNetwork(docker, id);
    // 409: another worker has the name and goes on with it.
    if (statusOf(container) === 409) return;
    throw container;
  }
  try {
    const EndpointConfig = { Aliases: [PROXY_ALIAS] };
    const name = proxyName(jobDirectory);
    await docker.getNetwork(id).connect({ Container: name, EndpointConfig });
    await docker.getContainer(name).start();
  } catch (error) {
    await removeProxy(docker, jobDirectory);
    throw error;
  }
}

function proxyOptions(
  spec: LaunchSpec,
  { image, user, network, securityOptions, directory }: ProxySettings,
  own: { readonly id: string; readonly labels: Record<string, string>; readonly clients: string },
): ContainerCreateOptions {
  const [program = '', ...words] = network.proxyCommand;
  return {
    name: proxyName(join(directory, spec.jobName)),
    Image: image,
    Entrypoint: [program],
    Cmd: words,
    User: `${String(user.uid)}:${String(user.gid)}`,
    Env: [
      'NODE_ENV=production',
      `STRATEGY_LOOP_PROXY_HOSTS=${(spec.hosts ?? []).join(',')}`,
      `STRATEGY_LOOP_PROXY_CLIENTS=${own.clients}`,
      `STRATEGY_LOOP_PROXY_LIFE_MS=${String(spec.limits.deadlineMs)}`,
      `STRATEGY_LOOP_FEED_PRIVATE_HOSTS=${network.privateHosts}`,
    ],
    Labels: { ...own.labels, [LABEL_NETWORK]: own.id },
    HostConfig: {
      NetworkMode: network.outside,
      ...confinement({
        securityOptions,
        memoryBytes: MEMORY_BYTES,
        cpus: 1,
        pidsMax: PIDS_MAX,
        logSize: '1m',
      }),
    },
  };
}

async function isReady(container: Docker.Container): Promise<boolean> {
  const log = await container.logs({ stdout: true, stderr: true, follow: false });
  return log.toString('latin1').includes(` ${PROXY_READY}\n`);
}

/** It has ended, or whoever created it has not started it for a long time. */
function isAbandoned({ State, Created }: ContainerInspectInfo): boolean {
  return State.Status !== 'created' || Date.now() - Date.parse(Created) > START_MS_MAX;
}
