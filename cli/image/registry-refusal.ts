import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { parseImageName } from './image-name.ts';

const NOT_ALLOWED = /unauthorized|authentication required|no basic auth|denied|forbidden/i;
const NO_ENGINE = /cannot connect to the docker daemon|error during connect/i;
const NOT_THERE = /manifest (for \S+ )?(unknown|not found)|not found: manifest|name unknown/i;
const NOT_REACHED =
  /connection refused|no such host|timeout|deadline exceeded|unreachable|certificate|x509|tls|HTTP response to HTTPS|\bEOF\b|reset by peer|server misbehaving/i;

/**
 * What docker says of a push or pull that failed, and what to do about it.
 *
 * @param what came of it, for the start of the message.
 * @param words of docker.
 */
export function registryRefusal(
  what: string,
  words: string,
  { name, login }: { readonly name: string; readonly login: string },
): CommandError {
  const said = words.trim().replace(/\.$/, '') || 'docker gave no reason';
  const registry = parseImageName(name).registry ?? 'Docker Hub';
  const error = (code: CommandExitCode, text: string): CommandError =>
    new CommandError(code, `${what}: ${text}`);
  if (NO_ENGINE.test(said)) {
    return error(
      CommandExitCode.Unavailable,
      `no Docker Engine answers. Start it, or correct DOCKER_HOST (${said})`,
    );
  }
  if (NOT_ALLOWED.test(said)) {
    return error(
      CommandExitCode.BadInput,
      `${registry} refuses it (${said}). ${login}, and run this command again. Passwords are the docker client's business.`,
    );
  }
  if (NOT_THERE.test(said)) {
    return error(CommandExitCode.BadInput, `${registry} has no such image (${said})`);
  }
  if (NOT_REACHED.test(said)) {
    return error(
      CommandExitCode.Unavailable,
      `${registry} cannot be reached (${said}). Is the name right, is it running, and does the Docker Engine trust its certificate?`,
    );
  }
  return error(CommandExitCode.Failed, said);
}
