import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { confinedPath } from './safe-path.ts'

async function makeRoot() {
  const base = await mkdtemp(join(tmpdir(), 'patchbay-paths-'))
  const root = join(base, 'root')
  await mkdir(join(root, 'inside'), { recursive: true })
  await mkdir(join(base, 'outside'))
  await writeFile(join(base, 'outside', 'secret.txt'), 'secret')
  return { base, root }
}

describe('a confined path', () => {
  test.each(['a.png', 'inside/a.png', 'new/folder/a.png', 'a..b.png', 'ünïcode 猫.png'])(
    '%s stays inside',
    async (name) => {
      const { root } = await makeRoot()
      expect(await confinedPath(root, name)).toBe(join(root, name))
    },
  )

  test.each([
    '',
    '..',
    '../outside/secret.txt',
    'inside/../../outside/secret.txt',
    '/etc/passwd',
    '\\..\\outside',
    'C:/windows',
    'a\u0000.png',
    './a.png',
    'a//b',
    'inside/',
    'con.png',
    'name.',
    'x'.repeat(300),
    '\u732b'.repeat(86),
    `${'\u732b'.repeat(70)}/`.repeat(5).slice(0, -1),
  ])('%j is refused', async (name) => {
    const { root } = await makeRoot()
    await expect(confinedPath(root, name)).rejects.toMatchObject({ code: 'forbidden-path' })
  })

  test('a symlink out of the folder is refused, also in the middle of a path and for a file to be made', async () => {
    const { base, root } = await makeRoot()
    await symlink(join(base, 'outside'), join(root, 'link'))
    await symlink(join(base, 'outside', 'secret.txt'), join(root, 'file.txt'))
    for (const name of ['link/secret.txt', 'link/new.txt', 'file.txt']) {
      await expect(confinedPath(root, name)).rejects.toMatchObject({ code: 'forbidden-path' })
    }
  })

  test('a symlink that leads to itself is refused, also in the middle of a path', async () => {
    const { root } = await makeRoot()
    await symlink('loop', join(root, 'loop'))
    for (const name of ['loop', 'loop/a.png']) {
      await expect(confinedPath(root, name)).rejects.toMatchObject({ code: 'forbidden-path' })
    }
  })

  test('a root that is itself a symlink works', async () => {
    const { base, root } = await makeRoot()
    await symlink(root, join(base, 'alias'))
    expect(await confinedPath(join(base, 'alias'), 'inside/a.png')).toBe(join(base, 'alias', 'inside/a.png'))
  })
})
