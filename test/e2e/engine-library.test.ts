import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/repository.ts';
import { runCommand } from '../support/run-command.ts';

/** Each program of a page with what it says that it prints. */
function programsOf(page: string): { program: string; printed: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = text.matchAll(/```js\n(.*?)```\n+```text\n(.*?)```/gs);
  return [...blocks].map(([, program = '', printed = '']) => ({ program, printed }));
}

describe('docs/engine.md', () => {
  const programs = programsOf('docs/engine.md');

  it('shows four programs', () => {
    expect(programs).toHaveLength(4);
  });

  it.each(programs)('shows program %# with what it prints', async ({ program, printed }) => {
    const { exitCode, stdout, stderr } = await runCommand([
      process.execPath,
      '--input-type=module',
      '--eval',
      program,
    ]);

    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(printed);
  });
});
