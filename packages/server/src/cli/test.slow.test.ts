import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { testNodes } from '../testing/test-server.ts'
import { testWorkflows, type TestOptions } from './test.ts'

const root = mkdtempSync(join(tmpdir(), 'patchbay-test-command-'))
let place: string
let number = 0
beforeEach(() => {
  place = join(root, String(number++))
  mkdirSync(place)
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

const node = (type: string, values: object = {}, links: object = {}) => ({ type, version: 1, values, links })
/** Two grey pictures, their likeness to a third, and a sum. */
const nodes = {
  sum: node('Arithmetic', { operation: 'add', a: 2, b: 3 }),
  shades: node('EmptyImage', { width: 16, height: 16, batch: 2, color: '#808080' }),
  other: node('EmptyImage', { width: 16, height: 16, color: '#ff0000' }),
  psnr: node('PSNR', {}, { image: { node: 'shades', output: 'image' }, original: { node: 'other', output: 'image' } }),
}

/** Runs the test of a workflow as the command does. */
async function run(
  file: unknown,
  { update = false, others = [], ...options }: TestOptions & { workflow?: object; others?: string[] } = {},
) {
  const path = join(place, 'grey.json')
  const document = { format: 'patchbay-workflow', version: 1, nodes, ...options.workflow }
  writeFileSync(path, JSON.stringify(document))
  if (file !== undefined)
    writeFileSync(join(place, 'grey.test.json'), typeof file === 'string' ? file : JSON.stringify(file))
  let [out, errors] = ['', '']
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (errors += text),
    signal: new AbortController().signal,
  }
  const code = await testWorkflows([path, ...others], { ...options, update, out: join(place, 'failed') }, terminal)
  return { code, out, errors }
}

test('scores within their bounds pass, bounds included', async () => {
  const { code, out } = await run({ scores: { 'sum.result': { min: 5, max: 5 }, 'psnr.score': { max: 20 } } })
  expect(code).toBe(0)
  expect(out).toContain('✓ sum.result: 5, expected at least 5 and at most 5')
})

test('a score out of bounds fails with the number and the bound', async () => {
  const { code, errors } = await run({ scores: { 'sum.result': { min: 6 } } })
  expect(code).toBe(1)
  expect(errors).toBe('  ✗ sum.result: 5, expected at least 6\n')
})

test('every number of a list must be within', async () => {
  const list = { list: node('IntegerRange', { first: 1, count: 4 }) }
  const { code, errors } = await run({ scores: { 'list.list': { max: 3 } } }, { workflow: { nodes: list } })
  expect(code).toBe(1)
  expect(errors).toContain('list.list: 1 to 4, expected at most 3')
})

test('settings of the test file are those the workflow runs with', async () => {
  expect((await run({ set: { 'sum.a': 40 }, scores: { 'sum.result': { min: 43 } } })).code).toBe(0)
})

test('only what is tested runs: another branch may be broken', async () => {
  const broken = {
    ...nodes,
    bad: node('LoadImage', { file: 'none.png' }),
    show: node('PreviewImage', {}, { image: { node: 'bad', output: 'image' } }),
  }
  expect((await run({ scores: { 'sum.result': { min: 5 } } }, { workflow: { nodes: broken } })).code).toBe(0)
})

test('golden pictures are made by --update, and hold from then on', async () => {
  const pictures = { pictures: { 'shades.image': {} } }
  const missing = await run(pictures)
  expect(missing.code).toBe(1)
  expect(missing.errors).toContain('shades.image-1.png: there is no golden picture at')
  expect((await run(pictures, { update: true })).code).toBe(0)
  expect(readdirSync(join(place, 'grey.golden'))).toEqual(['shades.image-1.png', 'shades.image-2.png'])
  expect((await run(pictures)).code).toBe(0)
})

test('a picture that changed fails with how much, where, and a picture of the difference', async () => {
  const pictures = { pictures: { 'shades.image': { tolerance: 0.001 } } }
  await run(pictures, { update: true })
  const lighter = {
    workflow: {
      nodes: { ...nodes, shades: node('EmptyImage', { width: 16, height: 16, batch: 2, color: '#c0c0c0' }) },
    },
  }
  const { code, errors } = await run(pictures, lighter)
  expect(code).toBe(1)
  expect(errors).toContain(
    'shades.image-1.png: mean difference 0.251 (allowed 0.001); the most is 0.251, 100 % of pixels visibly, in 16 × 16 at 0, 0. See ',
  )
  expect(readdirSync(join(place, 'failed')).sort()).toEqual(
    [1, 2].flatMap((k) => ['actual', 'difference'].map((kind) => `shades.image-${k}.${kind}.png`)),
  )
  expect((await run({ pictures: { 'shades.image': { tolerance: 0.3 } } }, lighter)).code).toBe(0)
  expect((await run(pictures, { ...lighter, update: true })).out).toContain('golden picture replaced')
  expect((await run(pictures, lighter)).code).toBe(0)
})

test('fewer pictures, or of another size, fail; --update forgets those that are no longer made', async () => {
  const pictures = { pictures: { 'shades.image': {} } }
  await run(pictures, { update: true })
  const one = {
    workflow: { nodes: { ...nodes, shades: node('EmptyImage', { width: 8, height: 16, color: '#808080' }) } },
  }
  const { code, errors } = await run(pictures, one)
  expect(code).toBe(1)
  expect(errors).toContain('shades.image-1.png: it is 8 × 16, but 16 × 16 was expected')
  expect(errors).toContain('shades.image-2.png: only 1 pictures were made')
  expect((await run(pictures, { ...one, update: true })).code).toBe(0)
  expect(existsSync(join(place, 'grey.golden/shades.image-2.png'))).toBe(false)
})

test('everything that is wrong with a test file is told at once', async () => {
  const { code, errors } = await run({
    score: {},
    scores: {
      sum: { min: 1 },
      'nope.result': { min: 1 },
      'sum.result': { least: 1 },
      'psnr.score': { min: 2, max: 1 },
    },
    pictures: { 'shades.image': { tolerance: 'low' } },
  })
  expect(code).toBe(1)
  for (const part of [
    '"score" is unknown',
    'scores.sum: expected node.output',
    'scores.nope.result: the workflow has no node "nope"; it has sum, shades, other, psnr',
    'scores.sum.result: "least" is unknown; expected min and max',
    'scores.psnr.score: min 2 is above max 1',
    'pictures.shades.image.tolerance is "low"; expected a number',
  ]) {
    expect(errors).toContain(part)
  }
})

test('a missing test file, one that is no JSON and one that tests nothing are told apart', async () => {
  expect((await run(undefined)).errors).toContain('grey.test.json; it says what must hold')
  expect((await run('{ scores')).errors).toContain('grey.test.json is no JSON')
  expect((await run({})).errors).toContain('It tests nothing')
})

test('of several workflows those without a test are passed over, and a test file stands for its workflow', async () => {
  const others = ['alone.json', 'grey.test.json'].map((name) => join(place, name))
  writeFileSync(others[0] ?? '', '{}')
  const tested = await run({ scores: { 'sum.result': { min: 5 } } }, { others })
  expect(tested.code).toBe(0)
  expect(tested.out.match(/^\S.*$/gm)).toEqual([
    `passed  ${join(place, 'grey.json')}`,
    `no test ${others[0] ?? ''}`,
    '1 of 1 passed',
  ])
  rmSync(join(place, 'grey.test.json'))
  expect((await run(undefined, { others })).code).toBe(1)
})

test('an output that there is not, and one that is no number, say what there is', async () => {
  const { errors } = await run({ scores: { 'sum.total': { min: 1 }, 'shades.image': { min: 1 } } })
  expect(errors).toContain('sum.total: there is no such value; sum gives result')
  expect(errors).toContain('shades.image: is [object Object], no number')
})

test('a workflow that fails, or cannot run, fails its test with the reason', async () => {
  const failing = { nodes: { ...nodes, sum: node('Arithmetic', { operation: 'divide', a: 1, b: 0 }) } }
  expect((await run({ scores: { 'sum.result': { min: 1 } } }, { workflow: failing })).errors).toContain('1 divide 0')
  const unknown = { nodes: { ...nodes, sum: node('Nope') } }
  expect((await run({ scores: { 'sum.result': { min: 1 } } }, { workflow: unknown })).errors).toContain(
    'nodes.sum.type',
  )
})

test('nodes of a pack are tested with --node-pack', async () => {
  const workflow = { nodes: { wait: node('TestWait', { ms: 0, salt: 4 }) } }
  const scores = { scores: { 'wait.value': { min: 4 } } }
  expect(await run(scores, { workflow, nodePack: [testNodes] })).toMatchObject({ code: 0, errors: '' })
  expect((await run(scores, { workflow })).errors).toContain('TestWait')
})

test('the command itself exits with 1 for a failure, 0 for none, and prints JSON for machines', async () => {
  await run({ scores: { 'sum.result': { min: 5 } } })
  const command = (...args: string[]) =>
    execFileSync(
      process.execPath,
      ['--conditions=patchbay-source', '--import', 'tsx', join(import.meta.dirname, 'main.ts'), 'test', ...args],
      { encoding: 'utf8', stdio: 'pipe' },
    )
  const file = join(place, 'grey.json')
  expect(JSON.parse(command(file, '--json'))).toEqual({
    workflow: file,
    passed: true,
    findings: [{ passed: true, line: 'sum.result: 5, expected at least 5' }],
  })
  writeFileSync(join(place, 'grey.test.json'), '{ "scores": { "sum.result": { "min": 6 } } }')
  expect(() => command(file)).toThrow(/expected at least 6/)
  expect(readFileSync(file, 'utf8')).not.toBe('')
}, 240_000)
