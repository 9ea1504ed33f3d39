import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { readExtraModelPaths } from './extra-model-paths.ts'

const root = mkdtempSync(join(tmpdir(), 'patchbay-paths-'))
mkdirSync(join(root, 'B', 'ckpt'), { recursive: true })
mkdirSync(join(root, 'B', 'more'))
afterAll(() => rmSync(root, { recursive: true }))
const read = (yaml: string) => {
  const file = join(root, 'paths.yaml')
  writeFileSync(file, yaml)
  return readExtraModelPaths(file)
}

test.each([
  ['a list', 'x:\n  base_path: ./B\n  checkpoints: [ckpt, more]'],
  ['one a line', 'x:\n  base_path: B\n  checkpoints: |\n    ckpt\n    more'],
  ['variables', 'x:\n  base_path: $PATCHBAY_TEST_ROOT/B\n  checkpoints: ["${PATCHBAY_TEST_C}", "%PATCHBAY_TEST_M%"]'],
])('folders are %s', async (_, yaml) => {
  vi.stubEnv('PATCHBAY_TEST_ROOT', root)
  vi.stubEnv('PATCHBAY_TEST_C', 'ckpt')
  vi.stubEnv('PATCHBAY_TEST_M', 'more')
  const folders = { checkpoints: [join(root, 'B', 'ckpt'), join(root, 'B', 'more')] }
  expect(await read(yaml)).toEqual({ folders, problems: [] })
  vi.unstubAllEnvs()
})

test('~ is the home folder, in a base and in a path', async () => {
  const { folders } = await read('x:\n  base_path: ~/m\n  loras: loras\n  clip: ~/texts\n')
  expect(folders).toEqual({ loras: [join(homedir(), 'm', 'loras')], text_encoders: [join(homedir(), 'texts')] })
})

test('what names no folder is told: a number, a section that is none, a folder that is not there', async () => {
  const { problems } = await read('x:\n  base_path: ./B\n  loras: 3\n  vae: nowhere\ny: text\n')
  expect(problems).toEqual([
    expect.stringContaining('loras of x names no folders'),
    expect.stringContaining(`vae of x names ${join(root, 'B', 'nowhere')}, where no folder is`),
    expect.stringContaining('y is no section'),
  ])
})
