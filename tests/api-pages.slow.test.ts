import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

test('API pages can be made of every package, without a warning', { timeout: 300_000 }, async () => {
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc')
  const { stderr } = await promisify(execFile)(process.execPath, [typedoc, '--emit', 'none'], { cwd: root })
  expect(stderr).not.toContain('warning')
})
