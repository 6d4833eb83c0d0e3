import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DockerSecurity } from '../adapters/launchers/docker-security.ts';
import { packageRoot } from '../infra/local/package-root.ts';
import { requireSettings } from './configuration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

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
});

/** The variables that the Docker launcher reads. */
export const DOCKER_VARIABLES: readonly string[] = [
  'DOCKER_HOST',
  ...Object.keys(DockerConfiguration.shape),
];

/** The profiles that containers get: the project's, unless the environment names others. */
export function dockerSecurity(environment: Environment): DockerSecurity {
  const settings = requireSettings(DockerConfiguration, environment);
  return {
    seccomp: settings.STRATEGY_LOOP_DOCKER_SECCOMP === 'project' ? projectProfile() : null,
    appArmor: settings.STRATEGY_LOOP_DOCKER_APPARMOR ?? null,
  };
}

/** Without its white space: the engine keeps the whole text with each container. */
function projectProfile(): string {
  const text = readFileSync(join(packageRoot(), SECCOMP_FILE), 'utf8');
  return JSON.stringify(JSON.parse(text));
}
