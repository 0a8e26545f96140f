/**
 * What the compiler does not check: sizes, forbidden globals of the pure folders, promises left alone.
 * The direction of imports is checked by .dependency-cruiser.cjs; test/tidy.test.ts proves that both bite.
 */
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The replica and the state machine decide from their inputs alone, so that a run replays. */
const PURE = ['src/core/**/*.ts', 'src/store/**/*.ts'];

const IMPURE_GLOBALS = [
  'Date',
  'Promise',
  'process',
  'performance',
  'console',
  'crypto',
  'fetch',
  'Buffer',
  'global',
  'globalThis',
  'require',
  'queueMicrotask',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'Intl',
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
];

const BUILTIN =
  '^(node:|(assert|buffer|child_process|crypto|events|fs|http2?|net|os|path|stream|timers|util)(/|$))';

/** A test file's outermost describe() is a chapter, not a function, so its length is not counted. */
const testFunctionLength = {
  meta: { type: 'suggestion', schema: [], messages: { long: '{{lines}} lines, more than 70.' } },
  create(context) {
    const check = (node) => {
      const call = node.parent.type === 'CallExpression' ? node.parent : null;
      if (call !== null && context.sourceCode.getText(call.callee).startsWith('describe')) return;
      const lines = node.loc.end.line - node.loc.start.line + 1;
      if (lines > 70) context.report({ node, messageId: 'long', data: { lines } });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'coverage/', 'traces/', '.decree/'] },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 70],
      'max-len': ['error', { code: 110, ignoreUrls: true }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } } },
    rules: {
      eqeqeq: ['error', 'always'],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
      'no-restricted-imports': ['error', { patterns: [{ regex: BUILTIN }] }],
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'The pure folders have no promises.' },
        { selector: 'AwaitExpression', message: 'The pure folders have no promises.' },
        { selector: 'ImportExpression', message: 'The pure folders load nothing at run time.' },
        { selector: "MetaProperty[meta.name='import']", message: 'The pure folders know no place on disk.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    plugins: { decree: { rules: { 'function-length': testFunctionLength } } },
    rules: {
      'max-lines-per-function': 'off',
      'decree/function-length': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
