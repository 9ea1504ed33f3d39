import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const pages = ['docs', 'docs/architecture']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((page) => page.startsWith('docs/architecture') || page.startsWith('docs/adding-'))
  .filter((page) => page.endsWith('.md'))
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Files and folders of this repository that a page names in code, from its root. Angle brackets are for the reader to fill in. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:packages|tests|tools|docs|workflows)\/[^`\s]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !/[<>*{}]/.test(path))

test.each(pages)('every path that %s names is there', (page) => {
  expect(pathsIn(textOf(page)).filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('paths are seen (so that the rule above can fail)', () => {
  expect(pathsIn(textOf('docs/architecture.md')).length).toBeGreaterThan(20)
  expect(pathsIn('`packages/engine/src/nowhere.ts`, `docs/<page>.md`')).toEqual(['packages/engine/src/nowhere.ts'])
})

test('every source file that docs/architecture/engine.md names is in the engine', () => {
  const sources = readdirSync(join(root, 'packages/engine/src'), { recursive: true, encoding: 'utf8' })
  const named = [...textOf('docs/architecture/engine.md').matchAll(/`([a-z-]+\.ts)`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !sources.some((path) => path.endsWith(`/${name}`)))).toEqual([])
})
