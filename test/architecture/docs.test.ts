import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureType } from '../../schemas/failure-type.ts';
import { commandLines, commandProblem } from '../support/command-lines.ts';
import { DOCUMENTED_COMMANDS } from '../support/documented-commands.ts';
import { repositoryFiles, ROOT, textOf } from '../support/repository.ts';

const pages = repositoryFiles().filter(
  (path) => path.endsWith('.md') && existsSync(join(ROOT, path)),
);

/** Words that mean one thing in this project; docs/glossary.md must say what. */
const WORDS = `bar, series, dataset, instrument, forecast, target position, order, fill, position,
  round trip, equity curve, drawdown, turnover, slippage, parameter set, model artifact, release,
  release id, provenance, channel, champion, challenger, gate, rollout, executor, gateway, job,
  launcher, stage, cycle, market clock, history replay, sleeve, canary, shadow, window, holdout,
  label horizon, trial count, generation, attempt, operator`
  .split(',')
  .map((word) => word.trim());

describe('commands in the docs', () => {
  const lines = pages.flatMap((page) => commandLines(page, textOf(page)));

  it('are each run by a test', () => {
    const problems = lines.flatMap((line) => commandProblem(line) ?? []);

    expect(problems).toEqual([]);
  });

  it('are found in sh blocks only, with prompts and variables removed', () => {
    const text = [
      '```sh',
      '$ npm ci && npm start # everything',
      'DATABASE_URL=postgres://x strategy-loop up \\',
      '  --port 1',
      'cd somewhere',
      '```',
      '`npm test`',
      '```ts',
      'npm test',
      '```',
    ].join('\n');

    expect(commandLines('a.md', text).map(({ command }) => command)).toEqual([
      'npm ci',
      'npm start',
      'strategy-loop up --port 1',
    ]);
  });

  it.each(['strategy-loop dance', 'npm run dance', 'npx strategy-loop dance --fast'])(
    'are found out when no test runs them: %s',
    (command) => {
      expect(commandProblem({ page: 'a.md', line: 1, command })).toContain('a.md:1');
    },
  );

  it.each(Object.entries(DOCUMENTED_COMMANDS))('%s has a test that runs it', (_, { runBy, as }) => {
    expect(textOf(runBy)).toContain(as);
  });
});

describe('links in the docs', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)#\s]+)(#[^)\s]*)?\)/g)].map((match) => ({
      page,
      target: match[1] ?? '',
    })),
  );

  it('lead to files that exist', () => {
    const broken = links.filter(
      ({ page, target }) =>
        !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)),
    );

    expect(broken).toEqual([]);
  });
});

describe('docs/failures.md', () => {
  const rows = new Map(
    textOf('docs/failures.md')
      .split('\n')
      .flatMap((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        const type = /^`(\w+)`$/.exec(cells[1] ?? '')?.[1];
        return type === undefined ? [] : [[type, cells.slice(2, -1)] as const];
      }),
  );

  it('has one row for each failure type, and no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.values(FailureType).sort());
  });

  it.each([...rows])('says of %s the cause, whether it is retried, and what to do', (_, cells) => {
    expect(cells).toHaveLength(3);
    expect(cells).not.toContain('');
  });
});

describe('docs/glossary.md', () => {
  const sections = textOf('docs/glossary.md').split(/^### /m).slice(1);
  const defined = sections.map((section) => section.split('\n')[0]?.trim() ?? '');

  it('defines every word of the project', () => {
    expect(WORDS.filter((word) => !defined.includes(word))).toEqual([]);
  });

  it('defines no word twice', () => {
    expect(defined.filter((word, index) => defined.indexOf(word) !== index)).toEqual([]);
  });

  it('says something about each', () => {
    expect(
      sections.filter((section) => section.split('\n').slice(1).join('').trim() === ''),
    ).toEqual([]);
  });
});
