/**
 * The commands that the docs may show, each with the file that runs it and the text in that file
 * that shows it. test/architecture/docs.test.ts refuses a page with any other command, and an
 * entry whose file does not run it. Options and arguments after a command are not compared.
 */
export const DOCUMENTED_COMMANDS: Readonly<
  Record<string, { readonly runBy: string; readonly as: string }>
> = {
  'npm ci': { runBy: '.ci/run', as: 'npm ci' },
  'npm run check': { runBy: '.ci/run', as: 'npm run check' },
  'npm test': { runBy: '.ci/run', as: 'npm test' },
};
