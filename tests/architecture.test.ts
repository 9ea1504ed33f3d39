import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const packages = ['engine', 'onnx', 'nodes', 'client', 'server', 'editor']

/** What each package may import of the others (docs/architecture.md, "Packages"). */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  onnx: [],
  nodes: ['@patchbay/engine', '@patchbay/engine/workflow', '@patchbay/onnx', '@patchbay/onnx/tensor'],
  client: ['@patchbay/engine/workflow'],
  server: [
    '@patchbay/engine',
    '@patchbay/engine/workflow',
    '@patchbay/nodes',
    '@patchbay/nodes/diffusion',
    '@patchbay/nodes/picture-texts',
    '@patchbay/client',
  ],
  editor: ['@patchbay/engine/workflow', '@patchbay/nodes/picture-texts', '@patchbay/client'],
}

/** What browsers and small programs import: data and arithmetic, without a third-party module or one of Node. */
const plainFolders = ['packages/engine/src/workflow', 'packages/onnx/src/tensor', 'packages/nodes/src/picture-texts']

/** Third-party modules, each with the only folders that may import it. */
const homes: readonly (readonly [module: RegExp, ...folders: string[]])[] = [
  [/^onnxruntime-node$/, 'packages/onnx/src/runtime'],
  [/^(@bufbuild\/protobuf|onnx-buf)/, 'packages/onnx/src'],
  [/^ajv/, 'packages/engine/src'],
  [/^sharp$/, 'packages/nodes/src/image', 'packages/server/src/storage'],
  [/^@huggingface\/tokenizers$/, 'packages/nodes/src/tokenizer'],
  [/^(express|ws|libsql|zod)$/, 'packages/server/src'],
  [/^@opentelemetry\//, 'packages/server/src/telemetry'],
  [/^rete/, 'packages/editor/src/canvas'],
  [/^react/, 'packages/editor/src'],
]

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /(?:^|\n)(?:import|export)\b[^'"\n;=]*?\bfrom\s*['"]([^'"\n]+)['"]|(?:^|\n)import\s*['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  )
  const multiLine = text.matchAll(/\n}\s*from\s*['"]([^'"\n]+)['"]/g)
  return [...found, ...multiLine].map((match) => match[1] ?? match[2] ?? match[3] ?? '').filter(Boolean)
}

const sources = packages.flatMap((name) => sourcesUnder(`packages/${name}/src`))
const isTest = (file: string): boolean => /\.(test|test-d|contract)\.tsx?$/.test(file) || file.includes('/testing')
const productSources = sources.filter((file) => !isTest(file))
const inFolder = (file: string, folder: string): boolean => file.startsWith(`${folder}/`)

describe('the architecture', () => {
  test('a package imports only the packages that stand to its left', () => {
    const violations = productSources.flatMap((file) => {
      const own = file.split('/')[1] ?? ''
      return importsOf(file)
        .filter((name) => name.startsWith('@patchbay/') && !(mayImport[own] ?? []).includes(name))
        .map((name) => `${file} imports ${name}`)
    })
    expect(violations).toEqual([])
  })

  test('a relative import never leaves its package', () => {
    const violations = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .filter(
          (name) =>
            !inFolder(relative(root, resolve(root, dirname(file), name)), file.split('/').slice(0, 2).join('/')),
        )
        .map((name) => `${file} imports ${name}`),
    )
    expect(violations).toEqual([])
  })

  test.each(plainFolders)('%s is plain: it imports nothing outside its folder', (folder) => {
    const violations = productSources
      .filter((file) => inFolder(file, folder))
      .flatMap((file) =>
        importsOf(file)
          .filter(
            (name) => !name.startsWith('.') || !inFolder(relative(root, resolve(root, dirname(file), name)), folder),
          )
          .map((name) => `${file} imports ${name}`),
      )
    expect(violations).toEqual([])
  })

  test('every third-party module stays in its home', () => {
    const violations = productSources.flatMap((file) =>
      importsOf(file)
        .filter((name) =>
          homes.some(([module, ...folders]) => module.test(name) && !folders.some((home) => inFolder(file, home))),
        )
        .map((name) => `${file} imports ${name}`),
    )
    expect(violations).toEqual([])
  })

  test('only nodes/definitions calls defineNode inside the nodes package', () => {
    const violations = productSources
      .filter((file) => inFolder(file, 'packages/nodes/src') && !inFolder(file, 'packages/nodes/src/definitions'))
      .filter((file) => /\bdefineNode\(/.test(readFileSync(join(root, file), 'utf8')))
    expect(violations).toEqual([])
  })

  test('no file exceeds 400 lines', () => {
    const tooLong = productSources
      .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 400)
      .map(({ file, lines }) => `${file}: ${lines} lines`)
    expect(tooLong).toEqual([])
  })

  test('no folder or file has a name that says nothing', () => {
    const empty = /(^|\/)(utils?|helpers?|common|shared|lib|types|misc)(\/|\.tsx?$)/
    expect(sources.filter((file) => empty.test(file.replace(/^packages\/[^/]+\/src\//, '')))).toEqual([])
  })

  test('the import scan sees imports (so that the rules above can fail)', () => {
    expect(importsOf('tests/architecture.test.ts')).toEqual(['node:fs', 'node:path', 'vitest'])
  })
})
