import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdDirectory } from './instance-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('one server holds a directory at a time, and the next may have it when it lets go', () => {
  const release = holdDirectory(folder)
  expect(() => holdDirectory(folder)).toThrow(`Another server (process ${process.pid}) uses ${folder}`)
  release()
  holdDirectory(folder)()
})

test('the number of a process that lives, and is no server, holds nothing', async () => {
  await writeFile(join(folder, 'server.pid'), String(process.ppid))
  holdDirectory(folder)()
})

test('a folder in the place of the lock is named, with what helps', async () => {
  await mkdir(join(folder, 'server.lock'))
  expect(() => holdDirectory(folder)).toThrow(/server\.lock cannot be locked .* Move away what is in its place/)
})
