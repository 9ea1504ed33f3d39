import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { roomsOf } from './architecture/rooms.ts'

const root = resolve(import.meta.dirname, '..')
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => existsSync(join(root, file)))

const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
const pages = [...pagesIn('docs'), ...pagesIn('docs/architecture'), ...pagesIn('docs/decisions')]
const guides = pages.filter((page) => /^docs\/(architecture|adding-)/.test(page))
const readmes = files.filter((file) => /^(packages\/[a-z]+\/)?(README|CONTRIBUTING|CHANGELOG)\.md$/.test(file))

/** What a page writes as code and has the form of a path: a file with an ending of ours, or a folder. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([\w./-]+(?:\.(?:tsx?|mjs|py|md)|\/))`/g)].map(([, path = '']) => path)

/** A page may leave out the beginning of a path, where its text says it. */
const isThere = (path: string): boolean =>
  files.some((file) => (path.endsWith('/') ? `/${file}`.includes(`/${path}`) : `/${file}`.endsWith(`/${path}`)))

describe('the pages of the architecture and the recipes', () => {
  test.each(guides)('%s names only files and folders that are there', (page) => {
    const paths = pathsIn(textOf(page))
    expect(paths.length).toBeGreaterThan(5)
    expect(paths.filter((path) => !isThere(path))).toEqual([])
  })

  test.each(Object.keys(roomsOf))('docs/architecture.md lists the rooms of %s in their order', (name) => {
    const line = new RegExp(`^- \\*\\*${name}\\*\\*: ((?:\`[a-z-]+\`\\s*)+)`, 'm').exec(textOf('docs/architecture.md'))
    const rooms = [...(line?.[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, room]) => room)
    expect(rooms).toEqual(roomsOf[name as keyof typeof roomsOf].filter((room) => !room.includes('.')))
  })
})

test.each([...pages, ...readmes])('every link of %s leads to a file', (page) => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
})
