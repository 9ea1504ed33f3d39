import { dirname, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { roomOf, roomsOf } from './architecture/rooms.ts'
import {
  circlesAmong,
  functionsOf,
  importsOf,
  inFolder,
  isGenerated,
  isTest,
  neighboursOf,
  packages,
  returnTypesExportedBy,
  root,
  sourcesUnder,
  textOf,
  wideCommentLines,
} from './architecture/scan.ts'

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
    '@patchbay/nodes/precision',
    '@patchbay/client',
  ],
  editor: ['@patchbay/engine/workflow', '@patchbay/engine/schema', '@patchbay/nodes/picture-texts', '@patchbay/client'],
}

/** What browsers and small programs import: data and arithmetic, without a third-party module or one of Node. */
const plainFolders = ['packages/engine/src/workflow', 'packages/onnx/src/tensor', 'packages/nodes/src/picture-texts']

/** Third-party modules, each with the only folders that may import it. */
const homes: readonly (readonly [module: RegExp, ...folders: string[]])[] = [
  [/^onnxruntime-node$/, 'packages/onnx/src/runtime'],
  [/^(@bufbuild\/protobuf|onnx-buf)/, 'packages/onnx/src'],
  [/^ajv/, 'packages/engine/src'],
  [/^sharp$/, 'packages/nodes/src/image', 'packages/nodes/src/video', 'packages/server/src/storage'],
  [/^@huggingface\/tokenizers$/, 'packages/nodes/src/tokenizer'],
  [/^(express|ws|libsql|zod)$/, 'packages/server/src'],
  [/^@opentelemetry\//, 'packages/server/src/telemetry'],
  [/^rete/, 'packages/editor/src/canvas'],
  [/^react/, 'packages/editor/src'],
]

const sources = packages.flatMap((name) => sourcesUnder(`packages/${name}/src`))
const productSources = sources.filter((file) => !isTest(file))
const nameOf = (file: string): string => file.split('/').at(-1) ?? file

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
      .filter((file) => /\bdefineNode\(/.test(textOf(file)))
    expect(violations).toEqual([])
  })

  test('no file exceeds 400 lines', () => {
    const tooLong = productSources
      .filter((file) => !isGenerated(file))
      .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > 400)
      .map(({ file, lines }) => `${file}: ${lines} lines`)
    expect(tooLong).toEqual([])
  })

  test('no folder or file has a name that says nothing', () => {
    const empty = /(^|\/)(utils?|helpers?|common|shared|lib|types|misc)(\/|\.tsx?$)/
    expect(sources.filter((file) => empty.test(file.replace(/^packages\/[^/]+\/src\//, '')))).toEqual([])
  })

  test('the import scan sees imports (so that the rules above can fail)', () => {
    expect(importsOf('tests/architecture/scan.ts')).toEqual(['node:fs', 'node:path', 'typescript'])
  })
})

describe('a package is a house of rooms', () => {
  test.each(packages)('%s: no file imports itself through others, types included', (name) => {
    const own = productSources.filter((file) => inFolder(file, `packages/${name}/src`))
    const circles = circlesAmong(own).map((files) => files.map(nameOf).join(' '))
    expect(circles).toEqual([])
  })

  test.each(packages)('%s: every room has its floor in tests/architecture/rooms.ts', (name) => {
    const own = productSources.filter((file) => inFolder(file, `packages/${name}/src`)).map(roomOf)
    expect([...new Set(own)].filter((room) => !roomsOf[name].includes(room))).toEqual([])
    expect(roomsOf[name].filter((room) => !own.includes(room))).toEqual([])
  })

  test.each(packages)('%s: a room imports only the rooms below it', (name) => {
    const own = productSources.filter((file) => inFolder(file, `packages/${name}/src`))
    const floor = (file: string): number => roomsOf[name].indexOf(roomOf(file))
    const upward = own.flatMap((file) =>
      neighboursOf(file)
        .filter((other) => own.includes(other) && floor(other) > floor(file))
        .map((other) => `${file} imports ${other}`),
    )
    expect(upward).toEqual([])
  })

  test('a folder holds at most 25 source files (nodes are one file each and may be more)', () => {
    const counts = new Map<string, number>()
    for (const file of productSources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    const crowded = [...counts].filter(([folder, count]) => count > 25 && !folder.includes('/nodes/src/definitions/'))
    expect(crowded).toEqual([])
  })
})

describe('the code', () => {
  test('has functions of at most 80 lines', () => {
    const long = productSources.flatMap((file) =>
      functionsOf(file, 80)
        .filter(({ lines }) => lines > 80)
        .map(({ name, lines }) => `${nameOf(file)} ${name}: ${lines} lines`),
    )
    expect(long).toEqual([])
  })

  test('states its interfaces: none is whatever a function returns', () => {
    const derived = productSources.flatMap((file) =>
      returnTypesExportedBy(file).map((name) => `${nameOf(file)} ${name}`),
    )
    expect(derived).toEqual([])
  })

  test('is formatted throughout: no line is hidden from the formatter', () => {
    const hidden = productSources.filter((file) => textOf(file).includes('prettier-ignore')).map(nameOf)
    expect(hidden).toEqual([])
  })

  test.each(packages)('%s: comments are at most 120 columns wide', (name) => {
    const wide = productSources
      .filter((file) => inFolder(file, `packages/${name}/src`) && !isGenerated(file))
      .flatMap((file) => wideCommentLines(file, 120).map((line) => `${file}:${line}`))
    expect(wide).toEqual([])
  })

  test('is seen by the scans (so that the rules above can fail)', () => {
    expect(functionsOf('tests/architecture/scan.ts').map(({ name }) => name)).toContain('circlesAmong')
    expect(circlesAmong(['tests/architecture/scan.ts', 'tests/architecture.test.ts'])).toEqual([])
    expect(circlesAmong(['tests/fixtures/circle/one.ts', 'tests/fixtures/circle/two.ts'])).toHaveLength(1)
  })
})
