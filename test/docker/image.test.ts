import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

/** What a command prints that runs in the image, as a worker of a deployment does. */
async function inImage(...words: readonly string[]): Promise<string> {
  const confined = ['--rm', '--network', 'none', '--read-only', '--tmpfs', '/tmp'];
  const { stdout } = await run('docker', ['run', ...confined, IMAGE, ...words]);
  return stdout;
}

describe('the image', () => {
  it('holds the data files that workers and commands read', async () => {
    const calendars = await inImage(
      '-e',
      "import('/app/dist/adapters/calendars/load-calendar.js').then((m) => console.log(m.loadCalendar('NYSE').code, m.calendarNames().join()))",
    );
    expect(calendars).toMatch(/^XNYS .*NSE/);
    expect(await inImage('-e', "console.log(require.resolve('vega-datasets'))")).toMatch(/vega/);
    const migrations = await inImage(
      '-e',
      "console.log(require('fs').readdirSync('/app/adapters/postgres/migrations').join())",
    );
    expect(migrations).toContain('0001_init.sql');
  });
});
