import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../../..')
const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)

/** Writes the blocks as files below the package, where imports resolve as they do for its users. */
async function withFiles<Result>(use: (folder: string, files: readonly string[]) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(import.meta.dirname, '../.readme-'))
  try {
    const files = blocks.map((block, index) => join(folder, `block-${index}.ts`))
    for (const [index, file] of files.entries()) writeFileSync(file, `${blocks[index]!}\nexport {}\n`)
    return await use(folder, files)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the code of the README compiles', async () => {
  await withFiles(async (folder, files) => {
    expect(files).toHaveLength(6)
    const config = {
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        declaration: false,
        declarationMap: false,
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
      },
      files,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const outcome = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).then(
      () => 'compiles',
      (error: { stdout: string }) => error.stdout,
    )
    expect(outcome).toBe('compiles')
  })
}, 120_000)

test('the README trains two layers, in 30 lines of code, until they have learnt', async () => {
  const lines = blocks[0]!.split('\n').filter((line) => line.trim() !== '')
  expect(lines.length).toBeLessThanOrEqual(30)
  await withFiles(async (_folder, [first]) => {
    const { stdout } = await run(process.execPath, ['--conditions=patchbay-source', '--import', 'tsx', first!], {
      cwd: root,
    })
    const losses = [...stdout.matchAll(/step \d+: loss ([\d.]+)/g)].map((match) => Number(match[1]))
    expect(losses).toHaveLength(4)
    expect(losses[3]!).toBeLessThan(0.05)
    expect(losses[3]!).toBeLessThan(losses[0]!)
  })
}, 240_000)
