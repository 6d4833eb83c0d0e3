import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repositoryFiles, ROOT, textOf } from '../support/repository.ts';

/** Names that say nothing about what is inside. */
const BANNED_WORDS = new Set(
  'util utils helper helpers common manager managers service services misc stuff'.split(' '),
);

const LINES_MAX = 400;
const CODE = /\.(ts|js|cjs|sql)$/;
const TEXT = /\.(ts|js|cjs|mjs|json|md|sql|ya?ml|sh|html|css|hcl)$|^\.ci\/|^[^.]+$/;

/** Written in pieces, so that this file does not accuse itself. */
const FORBIDDEN_TEXT: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of one machine', new RegExp('(^|[\\s"\'`(=])/(wo' + 'rk|ro' + 'ot|ho' + 'me/[a-z]+)/')],
  [
    'the host of a private registry',
    /https?:\/\/(?!registry\.npmjs\.org)[\w.-]*(registry|artifactory|nexus|verdaccio)[\w.-]*[/:]/,
  ],
  ['an unfinished note', new RegExp('\\b(FIX' + 'ME|TO' + 'DO|XX' + 'X)\\b')],
  ['a lint rule switched off without a reason', /eslint-disable(?!.* -- \S)/],
  ['a type error switched off', new RegExp('@ts-' + '(ignore|nocheck)')],
];

const files = repositoryFiles().filter((path) => existsSync(join(ROOT, path)));

describe('file names', () => {
  it('say what is inside', () => {
    expect(files.filter((path) => CODE.test(path) && hasBannedWord(path))).toEqual([]);
  });

  it('are found out when they do not', () => {
    expect(['engine/string-utils.ts', 'jobs/common.ts'].filter(hasBannedWord)).toHaveLength(2);
  });

  it('are in kebab-case', () => {
    const rooms = files.filter((path) => /^[a-z]+\/.*\.ts$/.test(path));

    expect(rooms.filter((path) => !/^[a-z0-9-]+(\.test)?\.ts$/.test(basename(path)))).toEqual([]);
  });
});

describe('files', () => {
  it(`have at most ${String(LINES_MAX)} lines`, () => {
    const long = files.filter((path) => CODE.test(path) && lineCount(textOf(path)) > LINES_MAX);

    expect(long).toEqual([]);
  });

  it('hold no machine paths, private hosts, unfinished notes or silenced rules', () => {
    const findings = files
      .filter((path) => TEXT.test(path) && path !== 'eslint.config.js')
      .flatMap((path) => findingsIn(path, textOf(path)));

    expect(findings).toEqual([]);
  });

  it.each([
    ['a path of one machine', ['cd /ro', 'ot/app'].join('')],
    ['the host of a private registry', ['see https://npm-', 'registry.corp.example/x'].join('')],
    ['an unfinished note', ['// FIX', 'ME later'].join('')],
    ['a lint rule switched off without a reason', ['// eslint-', 'disable no-console'].join('')],
    ['a type error switched off', ['// @ts-', 'ignore'].join('')],
  ])('are found out: %s', (what, line) => {
    expect(findingsIn('a.ts', `first\n${line}`)).toEqual([`a.ts:2 holds ${what}`]);
  });
});

function hasBannedWord(path: string): boolean {
  return path
    .split('/')
    .flatMap((part) => part.split(/[-.]/))
    .some((word) => BANNED_WORDS.has(word));
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function findingsIn(path: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      FORBIDDEN_TEXT.filter(([, pattern]) => pattern.test(line)).map(
        ([what]) => `${path}:${String(index + 1)} holds ${what}`,
      ),
    );
}
