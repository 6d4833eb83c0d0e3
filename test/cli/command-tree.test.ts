import { Command } from 'commander';
import { COMMAND_NAMES, createProgram } from '../../cli/program.ts';

interface Shown {
  readonly path: string;
  readonly command: Command;
  readonly help: string;
}

/** Every command with its whole help, as `--help` prints it. */
function walk(command: Command, words: readonly string[] = []): Shown[] {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return [
    { path: words.join(' '), command, help },
    ...command.commands.flatMap((each) => walk(each, [...words, each.name()])),
  ];
}

/** Commands whose help shows no example of themselves, or of a command below them. */
function withoutExample(shown: readonly Shown[]): string[] {
  return shown
    .filter(({ path, help }) => {
      const examples = help.split(/^Examples?:$/m)[1] ?? '';
      return !examples.includes(`strategy-loop ${path}`.trim());
    })
    .map(({ path }) => path);
}

describe('every command', () => {
  let shown: readonly Shown[];

  beforeAll(async () => {
    shown = walk(await createProgram());
  });

  it('shows an example of itself in its help', () => {
    expect(shown.length).toBeGreaterThan(30);
    expect(withoutExample(shown)).toEqual([]);
  });

  it('is found out when it shows none, or one of another command', () => {
    const program = new Command('strategy-loop');
    program.command('bare').description('without');
    program.command('other').addHelpText('after', '\nExample:\n  strategy-loop bare');
    program.addHelpText('after', '\nExample:\n  strategy-loop bare');

    expect(withoutExample(walk(program))).toEqual(['bare', 'other']);
  });

  it('has a description', () => {
    expect(shown.filter(({ command }) => command.description() === '')).toEqual([]);
  });

  it('takes --json, --quiet and --verbose when it does something', () => {
    const wanted = ['--json', '--quiet', '--verbose'];
    const lacking = shown
      .filter(({ command }) => command.commands.length === 0)
      // A script for the shell, and what that script calls.
      .filter(({ path }) => !['completion', 'ids'].includes(path))
      .filter(({ command }) => {
        const own = command.options.map(({ long }) => long);
        return !wanted.every((name) => own.includes(name));
      });

    expect(lacking.map(({ path }) => path)).toEqual([]);
  });

  it('takes --format when it lists', () => {
    const lists = shown.filter(({ path }) => path.endsWith(' list'));

    expect(lists.length).toBeGreaterThan(3);
    expect(
      lists
        .filter(({ command }) => !command.options.some(({ long }) => long === '--format'))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

describe('createProgram', () => {
  it.each([...COMMAND_NAMES])('loads %s alone when it is asked for', async (name) => {
    const program = await createProgram(name);

    expect(program.commands.map((command) => command.name())).toContain(name);
    expect(program.commands.length).toBeLessThan(3);
  });

  it.each([
    [['relese', 'list'], 'release'],
    [['cycle', 'lst'], 'list'],
    [['release', 'list', '--stratgy', 'x'], '--strategy'],
  ])('asks "did you mean" about %j', async (words, meant) => {
    const program = await createProgram(words[0]);
    let said = '';
    const writeErr = (text: string): void => {
      said += text;
    };
    for (const { command } of walk(program)) command.configureOutput({ writeErr });

    await expect(program.parseAsync(words, { from: 'user' })).rejects.toThrow();
    expect(said).toContain(`Did you mean ${meant}?`);
  });

  it.each([
    ['99 2 * * *', 'minute must be from 0 to 59, not 99'],
    ['30 2 31 2 *', 'never happens'],
  ])('refuses --cron %j before anything is started', async (cron, problem) => {
    const program = await createProgram('schedule');
    let said = '';
    const writeErr = (text: string): void => {
      said += text;
    };
    for (const { command } of walk(program)) command.configureOutput({ writeErr });
    const words = ['schedule', 'create', '--strategy', 'rsi-macd', '--cron', cron];

    await expect(program.parseAsync(words, { from: 'user' })).rejects.toThrow();
    expect(said).toContain(`argument '${cron}' is invalid. ${problem}`);
  });
});
