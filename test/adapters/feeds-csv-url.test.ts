import type { ServerResponse } from 'node:http';
import { csvUrlFile } from '../../adapters/feeds/csv-url.ts';
import type { CsvUrlFeed } from '../../adapters/feeds/csv-url.ts';
import { FeedRefusedError, FeedUnavailableError } from '../../adapters/feeds/feed-error.ts';
import { describeWhere } from '../support/describe-where.ts';
import { NO_OPENSSL, startHttpsServer } from '../support/https-server.ts';
import type { HttpsServer } from '../support/https-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const CSV = 'date,open,high,low,close,volume\n2020-01-06,10,12,9,11,100\n';

/** What the server does by path. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/prices.csv': (response) => response.end(CSV),
  '/moved': (response) => response.writeHead(302, { location: '/prices.csv' }).end(),
  '/abroad': (response) =>
    response.writeHead(302, { location: 'https://elsewhere.example/x.csv' }).end(),
  '/unsafe': (response) => response.writeHead(302, { location: 'http://127.0.0.1/x.csv' }).end(),
  '/signed': (response) =>
    response.writeHead(302, { location: '/gone?signature=secret-two' }).end(),
  '/round': (response) => response.writeHead(302, { location: '/round' }).end(),
  '/away': (response) => response.writeHead(503).end(),
  '/gone': (response) => response.writeHead(404).end(),
  '/silent': () => {},
  '/stuck': (response) => response.writeHead(200, { 'content-length': 1000 }).write('date'),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('date', () => response.destroy());
  },
  '/packed': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/endless': (response) => {
    // No length: only what has come tells that it is too much.
    const more = (): boolean => response.write('x'.repeat(1000)) && more();
    response.on('drain', more);
    more();
  },
  '/long': (response) => response.writeHead(200, { 'content-length': 5000 }).end(),
};

describeWhere(NO_OPENSSL, 'csvUrlFile', () => {
  let server: HttpsServer;

  beforeAll(async () => {
    server = await startHttpsServer(
      await scratchDirectory('csv-url'),
      ['127.0.0.1'],
      ({ url = '' }, response) => ANSWERS[url.replace(/\?.*/, '')]?.(response),
    );
  });
  afterAll(() => server.close());

  function feedOf(path: string, more: Partial<CsvUrlFeed> = {}): CsvUrlFeed {
    const host = `127.0.0.1:${String(server.port)}`;
    return { url: `https://${host}${path}`, bytesMax: 4000, hosts: [host], ...more };
  }

  async function read(feed: CsvUrlFeed, certificates = server.certificate): Promise<string> {
    const client = { connectMs: 2000, silenceMs: 300, certificates };
    const parts: Buffer[] = [];
    for await (const chunk of csvUrlFile(feed, client).chunks()) parts.push(chunk);
    return Buffer.concat(parts).toString();
  }

  it.each(['/prices.csv', '/moved'])('reads the file at %s', async (path) => {
    expect(await read(feedOf(path))).toBe(CSV);
  });

  it.each([
    ['/gone', /\/gone answered with status 404, must be 200.*Correct the address/],
    ['/abroad', /redirects to https:\/\/elsewhere\.example, which is not among .*FEED_HOSTS/],
    ['/unsafe', /redirects to http:\/\/127\.0\.0\.1, which must be an https:\/\/ address/],
    ['/round', /redirects more than 5 times/],
    ['/packed', /content-encoding gzip, must be identity/],
    ['/endless', /must have at most 4000 bytes, has more.*bytesMax/],
    ['/long', /must have at most 4000 bytes, has 5000 bytes/],
  ])('refuses %s for good', async (path, message) => {
    const error: unknown = await read(feedOf(path)).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(FeedRefusedError);
    expect(String(error)).toMatch(message);
  });

  it.each([...Object.keys(ANSWERS), '/prices.csv#part'])(
    'never prints the query of %s',
    async (path) => {
      const [place = '', hash] = path.split('#');
      const asked =
        hash === undefined ? `${place}?key=secret-one` : `${place}?key=secret-one#${hash}`;
      const error: unknown = await read(feedOf(asked)).catch((caught: unknown) => caught);

      expect(String(error)).not.toMatch(/secret|key=|signature=/);
      expect(csvUrlFile(feedOf(asked)).name).toBe(feedOf(place).url);
    },
  );

  it('asks with the query', async () => {
    expect(await read(feedOf('/prices.csv?key=secret-one'))).toBe(CSV);
    expect(server.asked.at(-1)).toBe('/prices.csv?key=secret-one');
  });

  it.each([
    ['/away', /status 503.*may answer later/],
    ['/silent', /cannot be read: .*Timeout.*may answer later/],
    ['/stuck', /cannot be read: .*Timeout/],
    ['/cut', /cannot be read: /],
  ])('may try %s again', async (path, message) => {
    const error: unknown = await read(feedOf(path)).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(FeedUnavailableError);
    expect(String(error)).toMatch(message);
  });

  it('may try a server again whose certificate it does not trust, or that is not there', async () => {
    await expect(read(feedOf('/prices.csv'), '')).rejects.toThrow(FeedUnavailableError);
    const nobody = feedOf('', { url: 'https://127.0.0.1:1/x.csv', hosts: ['127.0.0.1:1'] });
    await expect(read(nobody)).rejects.toThrow(/cannot be read: .*ECONNREFUSED/);
  });

  it('asks nobody who is not on its list', async () => {
    const before = server.asked.length;

    await expect(read(feedOf('/prices.csv', { hosts: ['other.example:443'] }))).rejects.toThrow(
      /not among the hosts that this feed may reach: other\.example:443/,
    );
    expect(server.asked).toHaveLength(before);
  });
});
