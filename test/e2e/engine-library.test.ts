import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/repository.ts';
import { runCommand } from '../support/run-command.ts';

/** The first block of a language in a page. */
function blockOf(page: string, language: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
}

describe('docs/engine.md', () => {
  it('shows a program that prints what it says', async () => {
    const program = blockOf('docs/engine.md', 'js');

    const { exitCode, stdout, stderr } = await runCommand([
      process.execPath,
      '--input-type=module',
      '--eval',
      program,
    ]);

    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(blockOf('docs/engine.md', 'text'));
  });
});
