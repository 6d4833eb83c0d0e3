import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Schema files that do not load zod: the only ones that workflows may import by value. */
const ZOD_FREE =
  'stage|task-queue|search-attribute|failure-type|window|ids|exit-code|message|payload';

const NODE_MODULES_BY_NAME =
  '^(assert|buffer|child_process|cluster|crypto|dgram|dns|events|fs|http|http2|https|net|os|path|perf_hooks|process|readline|stream|timers|tls|url|util|v8|vm|worker_threads|zlib)(/|$)';

const IMPURE =
  'Pass the clock or the random source in as an argument: the engine is deterministic.';

/** What a sandboxed workflow may not import. The bundler and dependency-cruiser check the same. */
const workflowImports = {
  patterns: [
    {
      regex: `^node:|${NODE_MODULES_BY_NAME}`,
      message: 'Workflows are replayed from history: whatever touches the machine is an activity.',
    },
    {
      regex: '(^|/)(activities|engine|strategies|adapters)/',
      allowTypeImports: true,
      message:
        'What a workflow calls directly is frozen by history replay: import types only, and call it through an activity.',
    },
    {
      regex: `^zod(/|$)|/schemas/(?!(${ZOD_FREE})\\.ts$)`,
      allowTypeImports: true,
      message: 'zod must stay out of the workflow bundle: import types only.',
    },
  ],
};

/** The engine and the strategies take clock and random source as arguments. */
const pure = {
  'no-restricted-globals': [
    'error',
    ...['process', 'performance', 'crypto', 'fetch', 'setTimeout', 'setInterval'].map((name) => ({
      name,
      message: IMPURE,
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: IMPURE },
    { object: 'Math', property: 'random', message: IMPURE },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: IMPURE },
    { selector: 'CallExpression[callee.name="Date"]', message: IMPURE },
  ],
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'schemas/json/', 'test/fixtures/', 'test/replay/histories/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70 }],
      'max-depth': ['error', 3],
      complexity: ['error', 12],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // An activity that is not awaited runs on after its workflow moved on, and its failure is
      // lost. In workflow code that is the most expensive typing slip there is.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // `_` names what has to be taken and is not used.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A default case counts: ours end in `satisfies never`, which the compiler checks.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // create…Activities factories: the type of an activity is what its function returns, and a
    // factory is a list of functions, each of which is short.
    files: ['activities/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'max-lines-per-function': ['error', { max: 160 }],
    },
  },
  { files: ['engine/**/*.ts', 'strategies/**/*.ts'], rules: pure },
  {
    files: ['workflows/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', workflowImports] },
  },
  {
    files: ['cli/**', 'bench/**', 'scripts/**', 'bin/**', 'test/support/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['adapters/launchers/kubernetes*.ts', 'test/**/{kubernetes,restricted-pod}*.ts'],
    rules: {
      // The client declares the API's objects as classes, and takes and gives plain ones.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
  {
    files: ['test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      // A describe block is one function.
      'max-lines-per-function': 'off',
      // Fakes implement asynchronous interfaces without waiting for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      // expect.any() and its relatives are typed as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Properties assert inside fast-check; contracts and helpers named expect… assert inside.
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'assert*'] },
      ],
      // Test titles end with "(skipped: reason)" and run-jest prints them.
      'jest/no-disabled-tests': 'off',
      // Tests that cannot run on a machine are chosen by a named constant: it.skip or it.
      'jest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['itHere', 'check'] }],
    },
  },
);
