import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bashScript } from '../../cli/completion/bash.ts';
import { commandTree } from '../../cli/completion/command-tree.ts';
import type { CommandSpec } from '../../cli/completion/command-tree.ts';
import { fishScript } from '../../cli/completion/fish.ts';
import { zshScript } from '../../cli/completion/zsh.ts';
import { createProgram } from '../../cli/program.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** Stands for the command in the shell: what it is asked for is seen in what it answers. */
const STUB = `strategy-loop() {
  [[ $1 == ids ]] || return 1
  if [[ $2 == strategies ]]; then echo rsi-macd; echo ml-forecast
  else echo cycle/rsi-macd/2012-01-01_2013-01-01; echo "asked: $*" >> "$ASKED"; fi
}`;

describe('completion', () => {
  let tree: readonly CommandSpec[];
  let directory: string;

  beforeAll(async () => {
    tree = commandTree(await createProgram());
    directory = await scratchDirectory('completion');
  });

  /** What bash offers for a line; the last word is the one being typed. */
  async function offered(...words: string[]): Promise<string[]> {
    const script = join(directory, 'script.bash');
    await writeFile(script, `${STUB}\n${bashScript(tree)}\n`);
    const line = [
      `source ${script}`,
      `COMP_WORDS=(${['strategy-loop', ...words].map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${String(words.length)}`,
      '_strategy_loop',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n');
    const { stdout } = await promisify(execFile)('bash', ['-c', line], {
      env: { ASKED: join(directory, 'asked'), PATH: process.env['PATH'] ?? '' },
    });
    return stdout.split('\n').filter((each) => each !== '');
  }

  it('offers commands by their beginning, and none that is hidden', async () => {
    expect(await offered('sta')).toEqual(['status', 'stats']);
    expect(await offered('')).toEqual(expect.arrayContaining(['demo', 'logs', 'release']));
    expect(await offered('')).not.toContain('ids');
  });

  it('offers the commands below a command, and nothing below a plain one', async () => {
    expect(await offered('release', '')).toEqual(['list', 'show', 'diff']);
    expect(await offered('status', '')).toEqual([]);
  });

  it('offers the options of the very command', async () => {
    expect(await offered('cycle', 'list', '--k')).toEqual(['--kind']);
    expect(await offered('cycle', 'start', '--k')).toEqual([]);
  });

  it('offers choices after an option, also after an equals sign', async () => {
    expect(await offered('cycle', 'list', '--format', '')).toEqual(['table', 'json', 'csv']);
    expect(await offered('cycle', 'list', '--format', '=', 'c')).toEqual(['csv']);
    expect(await offered('completion', 'f')).toEqual(['fish']);
  });

  it('asks the store for ids where an id is due', async () => {
    expect(await offered('cycle', 'list', '--strategy', 'm')).toEqual(['ml-forecast']);
    expect(await offered('cycle', 'status', 'cyc')).toEqual([
      'cycle/rsi-macd/2012-01-01_2013-01-01',
    ]);
  });

  it('asks for series and releases where they are due, and knows the exchanges', async () => {
    const idsOf = (path: string): unknown =>
      tree.find((command) => command.path === path)?.values.map(({ ids }) => ids);

    expect(idsOf('data show')).toEqual(['series']);
    expect(idsOf('release diff')).toEqual(['releases', 'releases']);
    expect(await offered('calendar', 'show', 'XN')).toEqual(['XNSE', 'XNYS']);
  });

  it('takes the value of an option for no command and no argument', async () => {
    // Would notice a walk that takes "list" for the command.
    expect(await offered('release', '--data-dir', 'list', 'sh')).toEqual(['show']);
    expect(await offered('cycle', 'retry', '--reason', 'fixed', '')).toEqual([
      'cycle/rsi-macd/2012-01-01_2013-01-01',
    ]);
    // The one argument is there: no second one is offered.
    expect(await offered('cycle', 'status', 'x', '')).toEqual([]);
  });

  it('may be loaded twice into one bash', async () => {
    const script = join(directory, 'twice.bash');
    await writeFile(script, bashScript(tree));

    const { stderr } = await promisify(execFile)('bash', [
      '-c',
      `source ${script}; source ${script}`,
    ]);

    expect(stderr).toBe('');
  });

  const others = [
    ['zsh', zshScript],
    ['fish', fishScript],
  ] as const;
  for (const [shell, script] of others) {
    const isThere = spawnSync(shell, ['--version']).status === 0;
    const itHere = isThere ? it : it.skip;
    itHere(
      `is a script that ${shell} can read${isThere ? '' : ` (skipped: ${shell} is not installed)`}`,
      async () => {
        const path = join(directory, `script.${shell}`);
        await writeFile(path, script(tree));

        expect(spawnSync(shell, ['-n', path]).stderr.toString()).toBe('');
      },
    );

    it(`knows every command and option in ${shell}, too`, () => {
      const text = script(tree);
      const missing = tree.flatMap(({ path, options }) => [
        ...(text.includes(path) ? [] : [path]),
        ...options.filter(({ name }) => !text.includes(name.replace(/^--/, ''))),
      ]);

      expect(missing).toEqual([]);
    });
  }
});
