import {
  loginCommand,
  namesRegistry,
  parseImageName,
  pushTarget,
} from '../../cli/image/image-name.ts';
import { registryRefusal } from '../../cli/image/registry-refusal.ts';

describe('parseImageName', () => {
  it.each([
    ['loop', null, 'loop', null, null],
    ['loop:dev', null, 'loop', 'dev', null],
    ['me/loop:1', null, 'me/loop', '1', null],
    ['ghcr.io/me/loop', 'ghcr.io', 'ghcr.io/me/loop', null, null],
    ['localhost/loop:1', 'localhost', 'localhost/loop', '1', null],
    ['127.0.0.1:5000/loop', '127.0.0.1:5000', '127.0.0.1:5000/loop', null, null],
    ['r:5000/a/b:2@sha256:12', 'r:5000', 'r:5000/a/b', '2', 'sha256:12'],
  ])('takes %s apart', (text, registry, repository, tag, digest) => {
    expect(parseImageName(text)).toEqual({ registry, repository, tag, digest });
  });

  it('knows whom to log in to, and what comes from nowhere in particular', () => {
    expect(loginCommand('ghcr.io/me/loop:1')).toBe('docker login ghcr.io');
    expect(loginCommand('me/loop:1')).toBe('docker login');
    expect(namesRegistry('strategy-loop:dev')).toBe(false);
    expect(namesRegistry('ghcr.io/me/loop@sha256:12')).toBe(true);
  });
});

describe('pushTarget', () => {
  it.each([
    ['ghcr.io/me/loop:1', null, 'ghcr.io/me/loop:1'],
    ['loop:dev', 'ghcr.io/me/loop', 'ghcr.io/me/loop:dev'],
    ['loop:dev', 'ghcr.io/me/loop:2', 'ghcr.io/me/loop:2'],
    ['loop', 'me/loop', 'me/loop:latest'],
    ['loop:dev', '127.0.0.1:5000/loop:1', '127.0.0.1:5000/loop:1'],
  ])('pushes %s to %s as %s', (image, to, target) => {
    expect(pushTarget(image, to)).toBe(target);
  });

  it.each([
    ['strategy-loop:dev', null],
    ['sha256:0123', null],
    ['strategy-loop:dev', 'loop'],
    ['strategy-loop:dev', 'docker.io/loop:1'],
  ])('does not push %s to %s, which would be the library of Docker Hub', (image, to) => {
    expect(() => pushTarget(image, to)).toThrow(
      /no registry and no owner, .*Docker Hub.*`strategy-loop image push .* --to ghcr\.io\//,
    );
  });

  it('names the image where that is what has a digest', () => {
    expect(() => pushTarget('ghcr.io/me/loop@sha256:12', null)).toThrow(
      /^without --to the image must be .*, was ghcr\.io\/me\/loop@sha256:12: .*--to ghcr\.io/,
    );
    expect(() => pushTarget('loop:1', 'me/loop@sha256:12')).toThrow(/^--to must be/);
  });

  it('takes no digest for a place', () => {
    expect(() => pushTarget('loop:1', 'ghcr.io/me/loop@sha256:12')).toThrow(/the registry makes/);
  });
});

describe('registryRefusal', () => {
  const told = (words: string): { message: string; exitCode: number } =>
    registryRefusal('it was not pushed', words, { name: 'ghcr.io/me/loop:1', login: 'Log in' });

  it.each([
    ['no basic auth credentials', 65, /ghcr\.io refuses it .*Log in/],
    ['denied: permission_denied: write_package', 65, /ghcr\.io refuses it .*Log in/],
    ['unauthorized: authentication required', 65, /Log in/],
    ['manifest unknown: manifest unknown', 65, /ghcr\.io has no such image/],
    ['Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io: no such host', 69, /cannot be reached/],
    ['dial tcp 127.0.0.1:5078: connect: connection refused', 69, /cannot be reached/],
    ['http: server gave HTTP response to HTTPS client', 69, /trust its certificate/],
    ['Cannot connect to the Docker daemon at unix:///x. Is it running?', 69, /no Docker Engine/],
    ['no space left on device', 1, /^it was not pushed: no space left on device$/],
  ])('says of %s what to do', (words, exitCode, message) => {
    expect(told(words)).toMatchObject({
      exitCode,
      message: expect.stringMatching(message) as string,
    });
  });
});
