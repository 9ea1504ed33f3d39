import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyTestClient, createComfyTestClient } from '../../../testing/comfy-client.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// ComfyUI's rules of execution, each seen over real sockets by a client of its kind.

const pack = fileURLToPath(new URL('../../../../../../tests/fixtures/comfy-semantics', import.meta.url))
let server: TestServer
let client: ComfyTestClient
beforeAll(async () => {
  server = await startTestServer({ nodePacks: [pack], builtInNodes: true })
  client = createComfyTestClient(server.url)
  // The first run waits for the runner and all its nodes.
  await client.run({ n: fresh(0), end: tell('n') })
}, 120_000)
afterAll(async () => {
  client.close()
  await server.close()
})

type Inputs = { readonly [name: string]: JsonValue }
const node = (type: string, inputs: Inputs = {}) => ({ class_type: type, inputs })
let labels = 0
/** A number that no other test has computed. */
const fresh = (value: number) => node('SemNumber', { value, label: `n${labels++}` })
const tell = (id: string, slot = 0) => node('SemTell', { value: [id, slot] })

/**
 * Red, green and blue of the first pixel of a PNG; its row filter, whichever it is, has nothing before it to add but
 * Paeth's zero.
 */
function firstPixel(png: Buffer): number[] {
  const parts: Buffer[] = []
  for (let at = 8; at + 12 <= png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  }
  return [...inflateSync(Buffer.concat(parts)).subarray(1, 4)]
}

describe('lists', () => {
  test('a node runs once for each element, and shorter lists repeat their last', async () => {
    const { outputs } = await client.run({
      long: node('SemList', { count: 4 }),
      short: node('SemList', { count: 2 }),
      sum: node('SemAdd', { a: ['long', 0], b: ['short', 0] }),
      end: tell('sum'),
    })
    expect(outputs['end']).toEqual({ values: [0, 2, 3, 4] })
  })

  test('a node that takes lists runs once with all of it', async () => {
    const { outputs } = await client.run({
      list: node('SemList', { count: 4 }),
      total: node('SemTotal', { values: ['list', 0] }),
      end: tell('total'),
      count: node('SemTell', { value: ['total', 0] }),
    })
    expect(outputs).toEqual({ end: { values: [6] }, count: { values: [6] } })
  })

  test('an empty list runs what it feeds not at all', async () => {
    const { outputs } = await client.run({ list: node('SemList', { count: 0 }), end: tell('list') })
    expect(outputs['end']?.['values'] ?? []).toEqual([])
  })
})

describe('lazy inputs', () => {
  const picking = (share: number) => ({
    one: fresh(1),
    two: fresh(3),
    pick: node('SemPick', { share, first: ['one', 0], second: ['two', 0] }),
    end: tell('pick'),
  })
  test.each([
    [0, ['one'], 1],
    [1, ['two'], 3],
    [0.5, ['one', 'two'], 2],
  ])('with a share of %f only %j is computed', async (share, computed, result) => {
    const { ran, outputs } = await client.run(picking(share))
    expect(ran.filter((id) => id === 'one' || id === 'two')).toEqual(computed)
    expect(outputs['end']).toEqual({ values: [result] })
  })
})

describe('expansion', () => {
  test('the outputs of the graph that a node makes stand for its own', async () => {
    const { outputs, messages } = await client.run({
      n: fresh(4),
      more: node('SemExpanding', { value: ['n', 0] }),
      end: tell('more'),
    })
    expect(outputs['end']).toEqual({ values: [5] })
    const made = messages.find(({ type, data }) => type === 'executing' && data['node'] === 'more.add')
    expect(made?.data).toMatchObject({ display_node: 'more' })
  })

  test('of a mapped node some calls may expand while others return', async () => {
    const { outputs } = await client.run({
      list: node('SemList', { count: 4 }),
      mixed: node('SemMixed', { value: ['list', 0] }),
      end: tell('mixed'),
    })
    expect(outputs['end']).toEqual({ values: [0, 2, 2, 6] })
  })

  test('a node may expand into itself until it is done', async () => {
    const { outputs } = await client.run({
      n: fresh(20),
      down: node('SemCountdown', { value: ['n', 0] }),
      end: tell('down'),
    })
    expect(outputs['end']).toEqual({ values: [0] })
  })

  test('a cycle that only the run can find is blamed on the node of the prompt', async () => {
    const { error } = await client.run({
      n: fresh(1),
      endless: node('SemEndless', { value: ['n', 0] }),
      end: tell('endless'),
    })
    expect(error).toMatchObject({ node_id: 'endless', node_type: 'SemEndless' })
  })
})

describe('a node that fails', () => {
  test('takes no other output with it: what was kept and shown is in the history', async () => {
    const { error, outputs, ran } = await client.run({
      n: fresh(1),
      fail: node('SemFail', { value: ['n', 0] }),
      lost: tell('fail'),
      wait: node('SemWait', { value: ['n', 0], ms: 50 }),
      open: tell('wait'),
      picture: node('SemPicture', { value: ['wait', 0] }),
      save: node('SaveImage', { images: ['picture', 0], filename_prefix: 'kept' }),
    })
    expect(error).toMatchObject({ node_id: 'fail', node_type: 'SemFail' })
    expect(ran).not.toContain('lost')
    expect(outputs).toMatchObject({ open: { values: [1] }, save: { images: [{ type: 'output' }] } })
  })
})

describe('blocking', () => {
  test('what a blocked value feeds does not run, everything else does, and the run succeeds', async () => {
    const { ran, outputs, messages } = await client.run({
      n: fresh(1),
      block: node('SemBlock', { value: ['n', 0], above: 0, reason: '' }),
      blocked: tell('block'),
      open: tell('n'),
    })
    expect([ran.includes('blocked'), outputs]).toEqual([false, { open: { values: [1] } }])
    expect(messages.some(({ type }) => type === 'execution_success')).toBe(true)
  })

  test('with a reason it is told as an error, and the run goes on', async () => {
    const { error, outputs, messages } = await client.run({
      n: fresh(1),
      block: node('SemBlock', { value: ['n', 0], above: 0, reason: 'enough' }),
      blocked: tell('block'),
      open: tell('n'),
    })
    expect(error).toMatchObject({ node_id: 'blocked', exception_type: 'ExecutionBlocked', exception_message: 'enough' })
    expect(outputs).toEqual({ open: { values: [1] } })
    expect(messages.some(({ type }) => type === 'execution_success')).toBe(true)
  })

  test('with a reason is told in each run, also when the node that blocks is remembered', async () => {
    const prompt = {
      n: fresh(1),
      block: node('SemBlock', { value: ['n', 0], above: 0, reason: 'once more' }),
      blocked: tell('block'),
      open: tell('n'),
    }
    await client.run(prompt)
    const { error, cached } = await client.run(prompt)
    expect(cached).toContain('block')
    expect(error).toMatchObject({ node_id: 'blocked', exception_message: 'once more' })
  })

  test('of all that a prompt is for is a failure with its reason, and none without one', async () => {
    const prompt = (reason: string) => ({
      n: fresh(1),
      block: node('SemBlock', { value: ['n', 0], above: 0, reason }),
      blocked: tell('block'),
    })
    const historyOf = async ({ id }: { readonly id: string }): Promise<unknown> => {
      const entries = (await (await fetch(`${server.url}/history/${id}`)).json()) as { readonly [id: string]: unknown }
      return entries[id]
    }
    const failed = await historyOf(await client.run(prompt('not today')))
    expect(failed).toMatchObject({ status: { status_str: 'error', completed: false } })
    expect(JSON.stringify(failed)).toContain('not today')
    expect(await historyOf(await client.run(prompt('')))).toMatchObject({
      status: { status_str: 'success', completed: true },
    })
  })

  test('of a list only the elements that are blocked are left out', async () => {
    const { outputs } = await client.run({
      list: node('SemList', { count: 4 }),
      block: node('SemBlock', { value: ['list', 0], above: 1, reason: '' }),
      end: tell('block'),
    })
    expect(outputs['end']).toEqual({ values: [0, 1] })
  })
})

describe('inputs', () => {
  test('links by names that are not declared reach a node that takes them; constants do not', async () => {
    const { outputs } = await client.run({
      a: fresh(1),
      b: fresh(2),
      c: fresh(6),
      average: node('SemAverage', { input1: ['a', 0], input2: ['b', 0], input10: ['c', 0], input3: 99 }),
      end: tell('average'),
    })
    expect(outputs['end']).toEqual({ values: [3] })
  })

  test('a node that takes no more than it declares ignores them', async () => {
    const { outputs } = await client.run({
      a: fresh(1),
      end: node('SemTell', { value: ['a', 0], other: ['a', 0], note: 'x' }),
    })
    expect(outputs['end']).toEqual({ values: [1] })
  })

  test.each([
    ['5.0', true],
    ['0.5', true],
    ['5', false],
    ['"foo"', false],
    ['true', false],
  ])('a socket for a FLOAT or an IMAGE given %s accepts it: %s', async (constant, accepted) => {
    const prompt = `{"a":{"class_type":"SemFloatOrImage","inputs":{"input":${constant},"any":1}},"end":{"class_type":"SemTell","inputs":{"value":["a",0]}}}`
    if (accepted) {
      expect((await client.run(prompt)).outputs['end']).toEqual({ values: [Number(constant)] })
    } else {
      const { status, body } = await client.refused(prompt)
      expect([status, body.node_errors['a']?.['errors']]).toMatchObject([400, [{ type: 'invalid_input_type' }]])
    }
  })

  test('an INT does not fit a FLOAT, a FLOAT does, and anything fits a wildcard', async () => {
    const wired = (source: object) => ({
      source,
      a: node('SemFloatOrImage', { input: ['source', 0], any: ['source', 0] }),
      end: tell('a'),
    })
    const { body } = await client.refused(wired(node('SemInteger', { value: 5 })))
    expect(body.node_errors['a']?.['errors']).toMatchObject([{ type: 'return_type_mismatch' }])
    expect((await client.run(wired(fresh(5)))).outputs['end']).toEqual({ values: [5] })
  })

  test("a definition's own check refuses with the name of the input", async () => {
    const { status, body } = await client.refused({ a: node('SemChecked', { value: 7 }), end: tell('a') })
    expect([status, body.node_errors['a']]).toMatchObject([
      400,
      { errors: [{ type: 'custom_validation_failed', extra_info: { input_name: 'value' } }], class_type: 'SemChecked' },
    ])
  })
})

describe('what is kept from run to run', () => {
  test('nothing runs again when nothing changed, output nodes neither; their output is told again', async () => {
    const prompt = { n: fresh(2), end: tell('n') }
    await client.run(prompt)
    const again = await client.run(prompt)
    expect([again.ran, [...again.cached].sort(), again.outputs]).toEqual([[], ['end', 'n'], { end: { values: [2] } }])
    const types = again.messages.map(({ type }) => type)
    expect(types).toEqual(['execution_start', 'execution_cached', 'executed', 'execution_success', 'executing'])
  })

  test('a picture is not saved twice, and its file is named again', async () => {
    const prompt = {
      n: fresh(0.5),
      picture: node('SemPicture', { value: ['n', 0] }),
      save: node('SaveImage', { images: ['picture', 0], filename_prefix: 'once' }),
    }
    const [first, again] = [await client.run(prompt), await client.run(prompt)]
    expect(again.outputs['save']).toEqual(first.outputs['save'])
    expect(first.outputs['save']?.['images']).toEqual([{ filename: 'once_00001_.png', subfolder: '', type: 'output' }])
  })

  test.each([
    [0.25, 63],
    [0.5, 127],
    [2 / 3, 170],
    [1, 255],
  ])('a value of %f becomes the byte %i, cut off in float32', async (value, byte) => {
    const { outputs } = await client.run({
      n: node('SemNumber', { value, label: 'pixel' }),
      picture: node('SemPicture', { value: ['n', 0] }),
      save: node('PreviewImage', { images: ['picture', 0] }),
    })
    const [image] = outputs['save']?.['images'] as [Record<string, string>]
    const png = await (await fetch(`${server.url}/view?${String(new URLSearchParams(image))}`)).arrayBuffer()
    expect(firstPixel(Buffer.from(png))).toEqual([byte, byte, byte])
  })

  test('ids do not matter: an equal graph under other ids is not computed', async () => {
    const n = fresh(2)
    await client.run({ n, end: tell('n') })
    expect((await client.run({ '[server0-5.0]1.x': n, '77': tell('[server0-5.0]1.x') })).ran).toEqual([])
  })

  test('a changed node and all behind it run again, and nothing before it', async () => {
    const n = fresh(2)
    const graph = (b: number) => ({
      n,
      b: node('SemNumber', { value: b, label: `${String(n.inputs['label'])}b` }),
      sum: node('SemAdd', { a: ['n', 0], b: ['b', 0] }),
      end: tell('sum'),
    })
    await client.run(graph(1))
    expect((await client.run(graph(2))).ran).toEqual(['b', 'sum', 'end'])
  })

  test('a node that says it is never the same runs each time, with all behind it', async () => {
    const graph = (changes: boolean, n = fresh(1)) => ({
      n,
      c: node('SemChanging', { value: ['n', 0], changes }),
      end: tell('c'),
    })
    const [changing, still] = [graph(true), graph(false)]
    await client.run(changing)
    await client.run(still)
    expect((await client.run(changing)).ran).toEqual(['c', 'end'])
    expect((await client.run(still)).ran).toEqual([])
  })
})

describe('which outputs run', () => {
  test('only the chosen ones, with what they need', async () => {
    const prompt = { a: fresh(1), b: fresh(2), first: tell('a'), second: tell('b') }
    const { ran, outputs } = await client.run(prompt, { partial_execution_targets: ['second'] })
    expect([ran, Object.keys(outputs)]).toEqual([['b', 'second'], ['second']])
  })

  test('an output node that feeds a chosen one runs too', async () => {
    const prompt = { a: fresh(1), first: tell('a'), second: tell('first') }
    expect((await client.run(prompt, { partial_execution_targets: ['second'] })).ran).toEqual(['a', 'first', 'second'])
  })

  test('none of them is an error', async () => {
    const { status, body } = await client.refused({ a: fresh(1), end: tell('a') }, { partial_execution_targets: [] })
    expect([status, body.error['type']]).toEqual([400, 'prompt_no_outputs'])
  })
})

describe('several nodes', () => {
  test('that wait do so at the same time: each is begun before any has ended', async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `w${index}`)
    const waits = ids.map((id, index) => [id, node('SemWait', { value: ['n', 0], ms: 400 + index })])
    const ends = ids.map((id) => [`e${id}`, tell(id)])
    const { messages } = await client.run({ n: fresh(1), ...Object.fromEntries(waits), ...Object.fromEntries(ends) })
    const states = messages
      .filter(({ type }) => type === 'progress_state')
      .map(({ data }) => data['nodes'] as Record<string, { state: string }>)
      .map((nodes) => ids.map((id) => nodes[id]?.state))
    const mostAtOnce = Math.max(...states.map((all) => all.filter((state) => state === 'running').length))
    const firstEnd = states.find((all) => all.includes('finished'))
    expect([mostAtOnce, firstEnd?.filter((state) => state !== undefined).length]).toEqual([6, 6])
  })

  test('after one that fails do not run, and its inputs and message are told', async () => {
    const { error, ran } = await client.run({
      n: fresh(3),
      bad: node('SemFail', { value: ['n', 0] }),
      end: tell('bad'),
    })
    expect(ran).toEqual(['n', 'bad'])
    expect(error).toMatchObject({
      node_id: 'bad',
      node_type: 'SemFail',
      current_inputs: { value: ['3'] },
      executed: ['n'],
    })
    expect(String(error?.['exception_message'])).toContain('this node always fails')
  })

  test('of 1,200 in a chain are accepted and run', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 1_200 }, (_, index) => [
        `c${index}`,
        index === 0 ? fresh(1) : node('SemAdd', { a: [`c${index - 1}`, 0], b: ['c0', 0] }),
      ]),
    )
    const { outputs } = await client.run({ ...chain, end: tell('c1199') })
    expect(outputs['end']).toEqual({ values: [1200] })
  }, 240_000)
})

describe('outputs', () => {
  const red = node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0xff0000 })

  test('whose own check fails are left out and told; the others run', async () => {
    const { outputs, nodeErrors } = await client.run({
      bad: node('SemChecked', { value: 7 }),
      lost: tell('bad'),
      good: fresh(3),
      end: tell('good'),
    })
    expect(outputs).toEqual({ end: { values: [3] } })
    expect(nodeErrors).toMatchObject({
      bad: { dependent_outputs: ['lost'], errors: [{ details: expect.stringContaining('sevens') }] },
    })
    const refused = await client.refused({ bad: node('SemChecked', { value: 7 }), lost: tell('bad') })
    expect([refused.status, Object.keys(refused.body.node_errors)]).toEqual([400, ['bad']])
  })

  test('hand on what they have kept, and tell of it once', async () => {
    const { outputs } = await client.run({
      red,
      save: node('SaveImage', { images: ['red', 0], filename_prefix: 'handed' }),
      inverted: node('ImageInvert', { image: ['save', 0] }),
      end: node('SaveImage', { images: ['inverted', 0], filename_prefix: 'inverted' }),
    })
    expect(outputs['end']?.['images']).toHaveLength(1)
    expect(outputs['save']).toEqual({ images: [{ filename: 'handed_00001_.png', subfolder: '', type: 'output' }] })
  })

  test('of a remembered run are told once, in one message before anything runs', async () => {
    const prompt = { n: fresh(2), m: node('SemAdd', { a: ['n', 0], b: 1 }), end: tell('m') }
    await client.run(prompt)
    const { messages, cached } = await client.run({
      ...prompt,
      more: node('SemAdd', { a: ['n', 0], b: 5 }),
      also: tell('more'),
    })
    expect(messages.filter(({ type }) => type === 'execution_cached')).toHaveLength(1)
    expect(new Set(cached).size).toBe(cached.length)
  })
})

test('a seed of 64 bits from a primitive is exact, and so are texts and batches', async () => {
  const wide = '{"n":{"class_type":"PrimitiveInt","inputs":{"value":9223372036854775807}},'
  const drawn =
    '"a":{"class_type":"SemPicture","inputs":{}},"end":{"class_type":"PreviewAny","inputs":{"source":["t",0]}},'
  const joined = '"t":{"class_type":"StringFormat","inputs":{"f_string":"{a}!","values.a":"x"}}}'
  expect((await client.run(wide + drawn + joined)).outputs['end']).toEqual({ text: ['x!'] })
  const { outputs } = await client.run({
    red: node('EmptyImage', { width: 8, height: 8, batch_size: 3, color: 1 }),
    parts: node('RebatchImages', { images: ['red', 0], batch_size: 2 }),
    save: node('SaveImage', { images: ['parts', 0], filename_prefix: 'parts' }),
  })
  expect(outputs['save']?.['images']).toHaveLength(3)
})
