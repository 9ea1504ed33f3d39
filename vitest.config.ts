import { configDefaults, defineConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, so that a test never sees a stale build. */
const conditions = ['patchbay-source', 'node', 'import', 'module', 'default']

const everyTest = ['packages/*/src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts']
const slow = ['**/*.slow.test.{ts,tsx}']
const browser = ['tests/browser/**/*.test.ts']
const neverTests = [...configDefaults.exclude, '**/dist/**', 'tests/fixtures/**']

/**
 * Three lanes, told by the name of a file: `tests/browser` needs a Chromium; `*.slow.test.ts` starts servers and
 * processes, trains, runs whole models, or draws the whole page; everything else is the unit lane, for which a minute
 * on two cores has to be enough.
 */
export default defineConfig({
  resolve: { conditions },
  // Node picks between import and require by itself; naming them here would give a CommonJS module an ES module.
  ssr: { resolve: { conditions: ['patchbay-source', 'node'], externalConditions: ['patchbay-source'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['tests/setup/temporary-folder.ts'],
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: everyTest,
          exclude: [...neverTests, ...slow, ...browser],
          // Modules hold no state that changes, so files share them: loading them anew for each file takes longer
          // than the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'slow', include: slow, exclude: neverTests } },
      { extends: true, test: { name: 'browser', include: browser, exclude: neverTests } },
    ],
  },
})
