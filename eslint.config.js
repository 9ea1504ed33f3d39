import importX from 'eslint-plugin-import-x'
import reactHooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import oneHand from './tools/lint/one-hand.mjs'

/** Where an index past the end is a fault, no zero hides it. */
const loudIndices = {
  files: ['packages/*/src/**/*.{ts,tsx}'],
  ignores: ['**/*.test.{ts,tsx}', '**/*.contract.ts'],
  rules: { 'one-hand/silent-zero': 'error' },
}

/** Nodes are deterministic: randomness comes from a seed input, and time is no input at all. */
const deterministic = {
  files: ['packages/nodes/src/**/*.ts'],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Draw from a seed through random/ instead.' },
    ],
    'no-restricted-globals': [
      'error',
      { name: 'Date', message: 'A node is a function of its inputs; time is not one.' },
    ],
  },
}

/** Ids of ComfyUI are any text: in an object that is filled by them, "constructor" is there before anybody puts it. */
const mapped = {
  files: ['packages/server/src/surfaces/comfy/**/*.ts'],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-syntax': [
      'error',
      {
        selector: 'VariableDeclarator[id.typeAnnotation.typeAnnotation.typeName.name="Record"]',
        message: 'Fill a Map, and make an object of it with Object.fromEntries.',
      },
      {
        selector: 'PropertyDefinition[typeAnnotation.typeAnnotation.typeName.name="Record"]',
        message: 'Fill a Map, and make an object of it with Object.fromEntries.',
      },
    ],
  },
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.cache/**', '**/.patchbay/**', 'docs/**/*.html'] },
  ...tseslint.configs.strict,
  {
    plugins: { 'one-hand': oneHand, 'import-x': importX },
    rules: {
      'one-hand/increment': 'error',
      // One import a module: `import { parse, type Workflow } from …`, and `import type` where only types are needed.
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.ts', 'packages/*/*.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/member-ordering': [
        'error',
        { default: 'never', classes: ['field', 'constructor', ['get', 'set', 'method']] },
      ],
      'one-hand/plain-template': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['packages/editor/**/*.{ts,tsx}'],
    languageOptions: { globals: globals.browser },
    plugins: { 'react-hooks': reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
  {
    // A function in a field counts as a method.
    files: ['packages/engine/src/**/execution.ts'],
    rules: { '@typescript-eslint/member-ordering': 'off' },
  },
  loudIndices,
  deterministic,
  mapped,
  {
    files: ['**/*.test.ts', '**/*.test-d.ts', '**/*.contract.ts', '**/bench/**', 'tests/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['tools/**', '**/*.config.{js,ts}'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' },
  },
)
