import { fileURLToPath } from 'node:url'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createLocalHost, type LocalHostOptions } from './local-host.ts'
import { WorkflowRefused } from './open-workflow.ts'
import { runWorkflow, type RunOptions } from './run.ts'
import { estimateLine, validateFiles } from './validate.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-cli-'))
function fileOf(name: string, document: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return path
}
function terminal(signal = new AbortController().signal) {
  const written = { out: '', errors: '' }
  return {
    written,
    out: (text: string) => void (written.out += text),
    error: (text: string) => void (written.errors += text),
    signal,
  }
}
const node = (type: string, values: object = {}, links: object = {}) => ({ type, version: 1, values, links })
const document = (nodes: object) => ({ format: 'patchbay-workflow', version: 1, nodes })
const shown = document({
  a: node('Text', { value: 'hello' }),
  b: node('Show', {}, { value: { node: 'a', output: 'value' } }),
})

async function refusalOf(file: string, options: RunOptions = {}): Promise<readonly string[]> {
  const error: unknown = await runWorkflow(file, options, terminal()).catch((thrown: unknown) => thrown)
  if (!(error instanceof WorkflowRefused)) throw error
  return error.lines
}

test('what a workflow shows is printed, and nothing else when quiet', async () => {
  const screen = terminal()
  expect(await runWorkflow(fileOf('shown.json', shown), { quiet: true }, screen)).toBe(0)
  expect(screen.written).toEqual({ out: 'hello\n', errors: '' })
})

test('a device that is none is refused before anything runs', async () => {
  const refused = runWorkflow(fileOf('shown.json', shown), { device: 'gpu' }, terminal())
  await expect(refused).rejects.toThrow('"gpu" is no device: choose one of auto, cuda')
})

test.each([
  ['out', join(folder, 'a-file', 'x'), '--out takes a folder'],
  ['models', join(folder, 'nowhere'), '--models takes a folder that exists'],
  ['input', join(folder, 'nowhere'), '--input takes a folder that exists'],
])('a folder for %s that is none is refused before anything runs', async (option, place, sentence) => {
  writeFileSync(join(folder, 'a-file'), '')
  const refused = runWorkflow(fileOf('shown.json', shown), { [option]: place }, terminal())
  await expect(refused).rejects.toThrow(sentence)
})

test('models are found where the server keeps them, and only where a flag says where there is one', async () => {
  const models = join(folder, 'data/models')
  mkdirSync(join(models, 'loras'), { recursive: true })
  writeFileSync(join(models, 'loras/own.safetensors'), '')
  vi.stubEnv('PATCHBAY_DATA', join(folder, 'data'))
  const lorasOf = (options: LocalHostOptions) =>
    createLocalHost({ output: folder, ...options }).services.namesIn('loras')
  expect(await lorasOf({})).toContain('own.safetensors')
  expect(await lorasOf({ models: folder })).not.toContain('own.safetensors')
  vi.unstubAllEnvs()
})

test('every issue of a bad document is told with its path', async () => {
  const file = fileOf(
    'bad.json',
    document({
      a: node('Nope'),
      b: node('Arithmetic', { operation: 'plus', c: 1 }, { a: { node: 'z', output: 'x' } }),
    }),
  )
  const lines = await refusalOf(file)
  for (const path of ['nodes.a.type', 'nodes.b.values.operation', 'nodes.b.values.c', 'nodes.b.links.a']) {
    expect(
      lines.some((line) => line.startsWith(path)),
      path,
    ).toBe(true)
  }
})

test('a file that is not JSON is told by line and column', async () => {
  expect(await refusalOf(fileOf('broken.json', '{\n "format": }'))).toEqual([
    'Line 2, column 12: Expected a value, but there is "}".',
  ])
})

test('a file that is not there is told by name', async () => {
  const refused = runWorkflow(join(folder, 'missing.json'), {}, terminal())
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining('missing.json') as string,
    lines: [expect.stringContaining('There is no such file') as string],
  })
})

test('a node that fails gives its sentence and the exit code 1', async () => {
  const file = fileOf(
    'fails.json',
    document({
      a: node('Arithmetic', { operation: 'divide' }),
      b: node('Show', {}, { value: { node: 'a', output: 'result' } }),
    }),
  )
  const screen = terminal()
  expect(await runWorkflow(file, {}, screen)).toBe(1)
  expect(screen.written.errors).toContain('0 divide 0 is not a finite number')
})

test('with --json every line is an object, the result last', async () => {
  const screen = terminal()
  await runWorkflow(fileOf('shown.json', shown), { json: true }, screen)
  const lines = screen.written.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string })
  expect(lines.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['run-started', 'node-finished', 'run-succeeded']),
  )
  expect(lines.at(-1)).toMatchObject({ type: 'result' })
})

test('an interrupted run ends with 130', async () => {
  const screen = terminal(AbortSignal.abort(new Error('interrupted')))
  expect(await runWorkflow(fileOf('shown.json', shown), {}, screen)).toBe(130)
})

test('validate goes through all files and fails when one does', async () => {
  const screen = terminal()
  const files = [fileOf('shown.json', shown), fileOf('bad.json', document({ a: node('Nope') }))]
  expect(await validateFiles(files, {}, screen)).toBe(1)
  expect(screen.written.out).toBe(`${files[0] ?? ''}: fine\n`)
  expect(screen.written.errors).toContain('there is no node type "Nope"')
})

test('validate tells what nodes will take where it is asked to', async () => {
  const screen = terminal()
  const shipped = fileURLToPath(new URL('../../../../workflows/text-to-image.json', import.meta.url))
  expect(await validateFiles([shipped], { estimate: true }, screen)).toBe(0)
  expect(screen.written.out).toMatch(
    /Sample \(node .*\): [\d.e-]+ TFLOP, [\d.]+ GB of memory, [\d,]+ pairs a call in spatial attention, (about|time unknown)/,
  )
  expect(estimateLine({ node: 's', type: 'Sample', flops: 3.21e12, bytes: 1.5e9, seconds: 12.3 })).toBe(
    'Sample (node s): 3.2 TFLOP, 1.5 GB of memory, about 12 s here',
  )
})

test('a run all of whose outputs were blocked fails with the reason, and one that fails tells each failure', async () => {
  const gated = (reason: string) => ({
    text: node('Text', { value: 'hello' }),
    gate: node('Gate', { isOpen: false, reason }, { value: { node: 'text', output: 'value' } }),
    show: node('Show', {}, { value: { node: 'gate', output: 'value' } }),
  })
  const screen = terminal()
  expect(await runWorkflow(fileOf('gated.json', document(gated('not today'))), { quiet: true }, screen)).toBe(1)
  expect(screen.written.errors).toContain('Gate (node gate): not today')
  const other = terminal()
  const both = { ...gated('not today'), other: node('Show', {}, { value: { node: 'text', output: 'value' } }) }
  expect(await runWorkflow(fileOf('both.json', document(both)), { quiet: true }, other)).toBe(0)
  expect(other.written.out).toBe('hello\n')
})

const lastLine = (out: string): unknown => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')

test('JSON ends with the results and the values used, also of a run that fails or is refused', async () => {
  const screen = terminal()
  await runWorkflow(fileOf('shown.json', shown), { json: true }, screen)
  expect(lastLine(screen.written.out)).toMatchObject({ type: 'result', results: { shown: 'hello' }, used: {} })

  const failing = document({
    number: node('Number', { value: 1 }),
    bad: node('Arithmetic', { operation: 'divide', b: 0 }, { a: { node: 'number', output: 'value' } }),
    show: node('Show', {}, { value: { node: 'bad', output: 'result' } }),
  })
  const failed = terminal()
  expect(await runWorkflow(fileOf('failing.json', failing), { json: true }, failed)).toBe(1)
  expect(lastLine(failed.written.out)).toMatchObject({ type: 'failed', error: { code: 'node-failed', node: 'bad' } })

  const refused = terminal()
  await expect(
    runWorkflow(fileOf('refused.json', document({ a: node('Shw') })), { json: true }, refused),
  ).rejects.toThrow()
  expect(lastLine(refused.written.out)).toMatchObject({
    type: 'refused',
    problems: expect.arrayContaining([expect.stringContaining('Did you mean "Show"?')]) as string[],
  })
})

test('a file that is not there is found before anything runs, with the nearest name', async () => {
  writeFileSync(join(folder, 'kitten.png'), 'x')
  const load = document({
    load: node('LoadImage', { file: 'kiten.png' }),
    show: node('SaveImage', {}, { image: { node: 'load', output: 'image' } }),
  })
  const lines = await refusalOf(fileOf('missing.json', load), { input: folder })
  expect(lines.join()).toContain('There is no "kiten.png" in input. Did you mean "kitten.png"?')
})
