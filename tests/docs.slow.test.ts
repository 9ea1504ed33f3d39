import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Every TypeScript block of a page is a module of its own. */
async function blocksOf(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

test.each([
  ['docs/writing-a-node.md', 5],
  ['packages/client/README.md', 2],
])('the code in %s compiles', { timeout: 120_000 }, async (page, count) => {
  const folder = join(root, 'node_modules/.cache/docs-code')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    const blocks = await blocksOf(page)
    expect(blocks.length).toBeGreaterThanOrEqual(count)
    for (const [index, code] of blocks.entries()) await writeFile(join(folder, `block-${index}.ts`), code)
    const config = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: {
        composite: false,
        declaration: false,
        declarationMap: false,
        noEmit: true,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
      },
      include: ['*.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const run = promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
    const said = await run.then(
      () => '',
      (error: { stdout?: string }) => error.stdout ?? String(error),
    )
    expect(said).toBe('')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
