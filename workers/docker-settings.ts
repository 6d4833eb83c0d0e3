import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { DockerNetworkSettings } from '../adapters/launchers/docker-network.ts';
import type { DockerSecurity } from '../adapters/launchers/docker-security.ts';
import { ConfigurationError, HostList, requireSettings } from './configuration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The program of the proxy, inside the image. */
const PROXY_PROGRAM = '/app/dist/workers/feed-proxy.js';

const SECCOMP_FILE = 'infra/docker/seccomp.json';

/** Settings of the Docker launcher beside those of its client, which reads DOCKER_HOST. */
const DockerConfiguration = z.object({
  /** `engine` is the engine's own profile, for jobs that need more than Node does. */
  STRATEGY_LOOP_DOCKER_SECCOMP: z.enum(['project', 'engine']).default('project'),
  /** Left out, the engine names its own profile where the kernel has AppArmor. */
  STRATEGY_LOOP_DOCKER_APPARMOR: z
    .string()
    .regex(
      /^[\w.-]+$/,
      'must be the name of a profile that is loaded on the host: A-Z a-z 0-9 _ . -',
    )
    .optional(),
  /** Network of the engine through which the proxies of network feeds get out. */
  STRATEGY_LOOP_DOCKER_NETWORK: z.string().min(1).default('bridge'),
  /** Hosts of feeds that may lie in a private network. */
  STRATEGY_LOOP_FEED_PRIVATE_HOSTS: HostList.default(''),
  /** PEM file with certificates that network feeds trust beside the usual ones. */
  STRATEGY_LOOP_FEED_CERTIFICATES: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .optional(),
});

/** The variables that the Docker launcher reads. */
export const DOCKER_VARIABLES: readonly string[] = [
  'DOCKER_HOST',
  ...Object.keys(DockerConfiguration.shape),
];

/** What the client of the engine speaks; for anything else it would ask port 80 of this machine. */
const ENGINE_SCHEME = /^(tcp|https?|ssh):\/\//;
const ENGINE_SOCKET = /^(unix|npipe):\/\//;

/** @throws {ConfigurationError} when DOCKER_HOST has none of the forms that the client takes. */
export function requireDockerHost({ DOCKER_HOST: host = '' }: Environment): void {
  if (host === '' || ENGINE_SOCKET.test(host)) return;
  // The client takes a bare host:port for tcp://.
  const url = host.includes('//') ? host : `tcp://${host}`;
  if (ENGINE_SCHEME.test(url) && URL.canParse(url) && new URL(url).hostname !== '') return;
  throw new ConfigurationError(
    'DOCKER_HOST must be unix:///path, tcp://host:port, http://host:port, https://host:port or ' +
      `ssh://user@host, was ${host.replace(/\/\/.*@/, '//…@')}. Correct it, or unset it for the local engine.`,
  );
}

/** The profiles that containers get: the project's, unless the environment names others. */
export function dockerSecurity(environment: Environment): DockerSecurity {
  const settings = requireSettings(DockerConfiguration, environment);
  return {
    seccomp: settings.STRATEGY_LOOP_DOCKER_SECCOMP === 'project' ? projectProfile() : null,
    appArmor: settings.STRATEGY_LOOP_DOCKER_APPARMOR ?? null,
  };
}

/** How jobs of network feeds reach their hosts. */
export function dockerNetwork(environment: Environment): DockerNetworkSettings {
  const settings = requireSettings(DockerConfiguration, environment);
  return {
    proxyCommand: ['node', PROXY_PROGRAM],
    outside: settings.STRATEGY_LOOP_DOCKER_NETWORK,
    privateHosts: settings.STRATEGY_LOOP_FEED_PRIVATE_HOSTS,
    certificates: settings.STRATEGY_LOOP_FEED_CERTIFICATES ?? null,
  };
}

/** Without its white space: the engine keeps the whole text with each container. */
function projectProfile(): string {
  const root = dirname(createRequire(import.meta.url).resolve('strategy-loop/package.json'));
  const text = readFileSync(join(root, SECCOMP_FILE), 'utf8');
  return JSON.stringify(JSON.parse(text));
}
