import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherUnavailableError } from '../../../adapters/launchers/launcher.ts';
import { NomadClient, NomadRefusedError } from '../../../adapters/launchers/nomad-client.ts';
import type { NomadSettings } from '../../../adapters/launchers/nomad-client.ts';
import { NomadDouble } from '../../support/nomad-double.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const remark = hasOpenssl ? '' : ' (skipped: no openssl on the PATH)';

let double: NomadDouble;

beforeAll(async () => {
  double = new NomadDouble(await scratchDirectory('nomad-double'));
  await double.listen();
});

afterEach(() => {
  double.token = null;
});

afterAll(() => double.close());

function clientOf(settings: Partial<NomadSettings> = {}): NomadClient {
  return new NomadClient({
    address: double.address,
    namespace: double.namespace,
    token: () => Promise.resolve(null),
    ...settings,
  });
}

describe('NomadClient, against a double of the HTTP API (test/nomad has a real one)', () => {
  const ask = (client: NomadClient): Promise<unknown> =>
    client.ask({ what: 'list jobs', method: 'GET', path: '/v1/jobs' });

  it('sends the token, asked for anew each time, and the region', async () => {
    double.token = 'first';
    let token = 'first';
    const client = clientOf({ token: () => Promise.resolve(token), region: 'eu' });
    await ask(client);

    double.token = 'second';
    await expect(ask(client)).rejects.toThrow(/403.*alloc-lifecycle/);
    token = 'second';

    expect(await ask(client)).not.toBeNull();
    expect(double.requests.at(-1)).toContain('region=eu');
  });

  it('never repeats the token in an error', async () => {
    double.token = 'another';
    const client = clientOf({ token: () => Promise.resolve('s3cret-token') });

    const error: unknown = await ask(client).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(NomadRefusedError);
    expect(JSON.stringify([String(error), error])).not.toContain('s3cret-token');
  });

  it.each([
    [429, 'Too many requests', LauncherUnavailableError],
    [500, 'No cluster leader', LauncherUnavailableError],
    [500, 'rpc error: failed to get conn', LauncherUnavailableError],
    [503, 'away', LauncherUnavailableError],
    [400, 'bad request', NomadRefusedError],
    [500, '1 error occurred: job is wrong', NomadRefusedError],
  ])('tells an answer %i %s that is worth another try from one that is not', async (...row) => {
    const [status, body, kind] = row;
    double.nextAnswers.push({ status, body });

    await expect(ask(clientOf())).rejects.toBeInstanceOf(kind);
  });

  it('calls a server that does not listen unavailable', async () => {
    await expect(ask(clientOf({ address: 'http://127.0.0.1:1' }))).rejects.toBeInstanceOf(
      LauncherUnavailableError,
    );
  });

  (hasOpenssl ? describe : describe.skip)(`over TLS${remark}`, () => {
    let secure: NomadDouble;
    let pem: Record<'ca' | 'cert' | 'key', string>;

    beforeAll(async () => {
      const folder = await scratchDirectory('nomad-tls');
      pem = makeCertificates(folder);
      secure = new NomadDouble(folder);
      await secure.listen({ ...pem, requestCert: true, rejectUnauthorized: true });
    });
    afterAll(() => secure.close());

    it('trusts the given CA, shows the client certificate, and knows the server by its name', async () => {
      const client = clientOf({
        address: secure.address,
        tls: { ...pem, serverName: 'server.global.nomad' },
      });

      expect(await ask(client)).not.toBeNull();
    });

    it.each([
      [
        'no CA',
        (): object => ({ cert: pem.cert, key: pem.key, serverName: 'server.global.nomad' }),
      ],
      ['another name', (): object => ({ ...pem, serverName: 'server.other.nomad' })],
    ])('refuses a server with %s, which another try would not mend', async (_, tls) => {
      const client = clientOf({ address: secure.address, tls: tls() });

      const error: unknown = await ask(client).catch((caught: unknown) => caught);

      expect(error).not.toBeInstanceOf(LauncherUnavailableError);
      expect(String(error)).toContain('check NOMAD_ADDR, NOMAD_CACERT');
    });

    it('is refused without a client certificate', async () => {
      const client = clientOf({
        address: secure.address,
        tls: { ca: pem.ca, serverName: 'server.global.nomad' },
      });

      await expect(ask(client)).rejects.toThrow('does not answer');
    });
  });
});

/** One self-signed certificate that is CA, server and client at once. */
function makeCertificates(folder: string): Record<'ca' | 'cert' | 'key', string> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=server.global.nomad'],
      ...['-addext', 'subjectAltName=DNS:server.global.nomad'],
    ],
    { stdio: 'ignore' },
  );
  const pem = readFileSync(cert, 'utf8');
  return { ca: pem, cert: pem, key: readFileSync(key, 'utf8') };
}
