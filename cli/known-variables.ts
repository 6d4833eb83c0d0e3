import { nearestName } from '../schemas/nearest-name.ts';

const PREFIX = 'STRATEGY_LOOP_';

/** Variables that the program reads, without their prefix. A test compares them with the sources. */
const KNOWN = [
  ...['ACCEPT_OTHER_CODE', 'ARTIFACTS', 'BASE_IMAGE', 'CACHE', 'DATA', 'DOCKER_APPARMOR'],
  ...['DOCKER_NETWORK', 'DOCKER_SECCOMP', 'FAULT_AT', 'FEED_CERTIFICATES', 'FEED_HOSTS'],
  ...['FEED_PRIVATE_HOSTS', 'PROXY_BYTES_MAX', 'PROXY_CLIENTS', 'PROXY_CONNECTIONS_MAX'],
  ...['PROXY_HOSTS', 'PROXY_IDLE_MS', 'PROXY_LIFE_MS'],
  ...['IMAGE', 'JOBS', 'JOBS_MAX'],
  ...['JOB_INPUT', 'JOB_OUTPUT', 'LAUNCHER', 'LOG_FORMAT', 'LOG_LEVEL', 'METRICS_ADDRESS'],
  ...['KUBERNETES_CLAIM', 'KUBERNETES_NAMESPACE', 'KUBERNETES_START_MS', 'KUBERNETES_VOLUME'],
  ...['KUBERNETES_FEED_PROXY', 'KUBERNETES_SECCOMP', 'NOMAD_SECCOMP'],
  ...['NOMAD_CPU_MHZ', 'NOMAD_DATACENTERS', 'NOMAD_DIRECTORY', 'NOMAD_NODE_POOL'],
  ...['NOMAD_START_SECONDS', 'NOMAD_TOKEN_FILE', 'S3_PATH_STYLE', 'SHARED', 'STICKY_MS'],
  'WORKER_NAME',
].map((name) => PREFIX + name);

/** @returns a sentence for each variable with our prefix that nothing reads: it is misspelt. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.includes(name))
    .filter((name) => !/^STRATEGY_LOOP_(TEST|BENCH)_/.test(name))
    .map((name) => {
      const nearest = nearestName(name, KNOWN);
      const hint = nearest === null ? '' : `; did you mean ${nearest}?`;
      return `nothing reads the variable ${name}${hint}`;
    });
}
