import { defineConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, so that a test never sees a stale build. */
const conditions = ['patchbay-source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  // Node picks between import and require by itself; naming them here would give a CommonJS module an ES module.
  ssr: { resolve: { conditions: ['patchbay-source', 'node'], externalConditions: ['patchbay-source'] } },
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/fixtures/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
  },
})
