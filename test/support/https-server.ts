import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Why a test with certificates is left out; empty where they can be made. */
export const NO_OPENSSL =
  spawnSync('openssl', ['version']).status === 0 ? '' : ' (skipped: no openssl on the PATH)';

/** A web server whose certificate nobody knows. */
export interface HttpsServer {
  readonly port: number;
  /** PEM file that makes a client trust it, and its text. */
  readonly certificateFile: string;
  readonly certificate: string;
  /** Paths that it was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Starts a server that has these IP addresses in its certificate and listens on all of them. */
export async function startHttpsServer(
  directory: string,
  addresses: readonly string[],
  answer: RequestListener,
): Promise<HttpsServer> {
  const [key, certificateFile] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', certificateFile, '-days', '2', '-subj', '/CN=feed'],
      ...['-addext', `subjectAltName=${addresses.map((each) => `IP:${each}`).join(',')}`],
    ],
    { stdio: 'ignore' },
  );
  const certificate = readFileSync(certificateFile, 'utf8');
  const asked: string[] = [];
  const server = createServer(
    { key: readFileSync(key), cert: certificate },
    (request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificateFile,
    certificate,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
