import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failureOf } from './failure.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-failure-'))
writeFileSync(join(folder, 'file'), '')
mkdirSync(join(folder, 'folder'))
symlinkSync('loop', join(folder, 'loop'))

test.each([
  ['a name that is too long', () => readFile(join(folder, '\u732b'.repeat(200))), 'forbidden-path'],
  ['a link that leads to itself', () => readFile(join(folder, 'loop')), 'forbidden-path'],
  ['a file in place of a folder', () => mkdir(join(folder, 'file', 'x'), { recursive: true }), 'conflict'],
  ['a folder in place of a file', () => writeFile(join(folder, 'folder'), ''), 'conflict'],
  ['a full disk', () => Promise.reject(Object.assign(new Error('ENOSPC: x'), { code: 'ENOSPC' })), 'storage-full'],
])('%s is a refusal that tells no path', async (_what, act, code) => {
  const failure = failureOf(await act().catch((error: unknown) => error))
  expect(failure.code).toBe(code)
  expect(`${failure.message} ${failure.hint ?? ''}`).not.toContain(folder)
})
