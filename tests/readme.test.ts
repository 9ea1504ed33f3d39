import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the workflow in the README is the file that is type-checked beside this test', () => {
  const example = readFileSync(join(root, 'tests/readme-example.ts'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)
  expect(blocks).toEqual([example])
})

test('every file that a command in the README names is there, and the test of one that it tests', () => {
  const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, code = '']) => code.split('\n'))
  const workflows = commands.flatMap(
    (line) => /^npx patchbay (\w+) (\S+\.json)/.exec(line)?.slice(1, 3).join(' ') ?? [],
  )
  expect(workflows.length).toBeGreaterThan(2)
  for (const [command, file = ''] of workflows.map((one) => one.split(' '))) {
    expect(existsSync(join(root, file)), file).toBe(true)
    if (command === 'test') expect(existsSync(join(root, file.replace('.json', '.test.json'))), file).toBe(true)
  }
})

test('every file and folder that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path ?? '')
  expect(links.length).toBeGreaterThan(8)
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([])
})
