import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createConfig, memoOf } from '../config.ts'
import { bytesOf } from '../cli/option-values.ts'
import { startTestServer, waiting } from '../testing/test-server.ts'
import { diskMemoFolder } from './disk-memo-folder.ts'

const fresh = (): string => mkdtempSync(join(tmpdir(), 'patchbay-memo-'))

test('what a stopped server computed is found on disk by the next one', { timeout: 120_000 }, async () => {
  const first = await startTestServer({ memoDiskBytes: 2 ** 20 })
  await first.client.jobs.submit({ document: waiting(30, { salt: 5 }) }, { waitMs: 20_000 })
  // The entry is written beside the run; killing the runner before would only cost the entry.
  const kept = () =>
    readdirSync(join(first.directory, 'memo'), { recursive: true }).filter((name) => /\.memo$/.test(String(name)))
  await expect.poll(() => kept().length, { timeout: 60_000 }).toBe(1)
  const second = await first.restart()
  const { jobs } = await second.client.jobs.submit({ document: waiting(30, { salt: 5 }) }, { waitMs: 20_000 })
  const { events } = await second.client.jobs.events(jobs[0]!.id)
  expect(events.map(({ event }) => event)).toContainEqual({ type: 'node-reused', node: 'wait', from: 'disk' })
  await second.close()
})

test('results of code that has changed are never found, and give their room back', async () => {
  const [root, code] = [fresh(), fresh()]
  writeFileSync(join(code, 'index.js'), 'one')
  const before = await diskMemoFolder(root, 'cpu', [code])
  writeFileSync(join(fresh(), 'unrelated'), '')
  expect(await diskMemoFolder(root, 'cpu', [code])).toBe(before)
  expect(await diskMemoFolder(root, 'cuda', [code])).not.toBe(before)
  mkdirSync(before)
  writeFileSync(join(code, 'index.js'), 'other')
  expect(await diskMemoFolder(root, 'cpu', [code])).not.toBe(before)
  expect(readdirSync(root)).toEqual([])
})

test('a flag decides what is remembered, else a setting, else the default', () => {
  const kept = { 'memo.memoryBytes': 10, 'memo.diskBytes': 0 }
  expect(memoOf(createConfig(), kept)).toEqual({ memo: { kind: 'bytes', limit: 10 }, memoDiskBytes: 0 })
  expect(memoOf(createConfig({ memo: { kind: 'none' }, memoDiskBytes: 7 }), kept)).toEqual({
    memo: { kind: 'none' },
    memoDiskBytes: 7,
  })
  expect(memoOf(createConfig(), { 'memo.diskBytes': 'much' }).memoDiskBytes).toBe(4 * 2 ** 30)
})

test.each([
  ['512MB', 512 * 2 ** 20],
  ['4 GiB', 4 * 2 ** 30],
  ['1.5k', 1536],
  ['0', 0],
])('the size %s is %d bytes', (text, bytes) => {
  expect(bytesOf('--memo-disk', text)).toBe(bytes)
})
test.each(['', 'much', '-1', '5 cats', '1e9'])('"%s" is no size', (text) => {
  expect(() => bytesOf('--memo-disk', text)).toThrow(/takes a size such as 512MB/)
})
