import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { type TestServer, startTestServer, testNodes, waiting } from '../testing/test-server.ts'
import { adapterMistakes } from '../surfaces/comfy/catalogue/pack-adapter.ts'
import { loadNodePacks } from './node-packs.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../tests/fixtures/${name}`, import.meta.url))
const featurePack = fixture('feature-pack')

/** A pack of one module with this text. */
function packOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-pack-'))
  writeFileSync(join(folder, 'index.mjs'), text)
  return folder
}
const nodeNamed = (type: string) =>
  `{ type: '${type}', version: 1, category: 'x', inputs: {}, outputs: {}, sideEffect: true, run: () => ({}) }`

describe('a server with node packs', () => {
  let server: TestServer
  let everyFeature: Workflow
  beforeAll(async () => {
    server = await startTestServer({ nodePacks: [fixture('throwing-pack'), featurePack, testNodes] })
    const { templates } = await server.client.templates()
    const found = templates.find(({ id }) => id === 'patchbay-feature-pack/every-feature')
    if (!found) throw new Error('The pack brings no example.')
    everyFeature = found.document
  })
  afterAll(() => server.close())

  test('names the one that throws, leaves it out, and runs the nodes of the others', async () => {
    const { nodePacks } = await server.client.system()
    expect(nodePacks).toEqual([
      { name: 'patchbay-throwing-pack', nodes: 0, error: 'the weights of this pack are missing' },
      { name: 'patchbay-feature-pack', nodes: 10 },
      { name: 'patchbay-test-nodes', nodes: 5 },
    ])
    const { jobs } = await server.client.jobs.submit({ document: waiting(0) }, { waitMs: 20_000 })
    expect(jobs[0]?.state).toBe('succeeded')
  })

  test('runs the example of a pack, in which every feature of the engine has a part', async () => {
    const { jobs } = await server.client.jobs.submit({ document: everyFeature })
    const job = await server.client.jobs.wait(jobs[0]!.id)
    expect(job.error).toBeUndefined()
    const { events } = await server.client.jobs.events(job.id)
    const of = (type: string) => events.flatMap(({ event }) => (event.type === type ? [event] : []))
    const words = 'GOOD-DAY-good-day'
    const twice = `${words}+${words}`
    // A list mapped and whole, a conversion between socket types, a branch, a loop, an expansion, dynamic inputs.
    expect(of('node-finished')).toContainEqual(
      expect.objectContaining({ node: 'show', shown: { text: `${twice}+${twice}, TO YOU: nothing` } }),
    )
    expect(of('node-blocked')).toContainEqual(
      expect.objectContaining({ node: 'short', reason: expect.stringContaining('fewer than 999 letters') as string }),
    )
    expect(of('node-expanded').map((event) => 'node' in event && event.node)).toEqual(
      expect.arrayContaining(['loop', 'all']),
    )
    expect(of('node-started')).not.toContainEqual(expect.objectContaining({ node: 'never' }))
    expect(job.timeline.find(({ node }) => node === 'shout')).toMatchObject({ lane: 'io', outcome: 'finished' })
  })

  test("uses a node's own validation before anything runs, and its own fingerprint for what is never reused", async () => {
    const changed = (node: string, values: Workflow['nodes'][string]['values']): Workflow => {
      const before = everyFeature.nodes[node]
      if (!before) throw new Error(`The example has no node ${node}.`)
      const nodes = { ...everyFeature.nodes, [node]: { ...before, values: { ...before.values, ...values } } }
      return { ...everyFeature, nodes }
    }
    await expect(
      server.client.jobs.submit({ document: changed('filled', { pattern: '{greeting' }) }),
    ).rejects.toMatchObject({ issues: [{ node: 'filled', input: 'pattern' }] })
    for (const fresh of [false, true]) {
      const { jobs } = await server.client.jobs.submit({ document: changed('told', { fresh }) }, { waitMs: 20_000 })
      const { events } = await server.client.jobs.events(jobs[0]!.id)
      const ends = events.flatMap(({ event }) => ('node' in event && event.node === 'told' ? [event.type] : []))
      expect(ends.includes('node-finished')).toBe(fresh)
    }
  })

  test("offers a pack's adapters to ComfyUI's clients, and runs prompts made of them", async () => {
    const info: Record<string, { input: { required: object }; output_node: boolean }> = await (
      await fetch(`${server.url}/object_info`)
    ).json()
    expect(info['StringShout']?.input.required).toHaveProperty('string')
    expect(info['ShowString']?.output_node).toBe(true)
    const prompt = {
      '1': { class_type: 'StringShout', inputs: { string: 'hello you' } },
      '2': { class_type: 'ShowString', inputs: { string: ['1', 0] } },
    }
    const answer = await fetch(`${server.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) })
    const { prompt_id: id }: { prompt_id: string } = await answer.json()
    expect(await server.client.jobs.wait(id)).toMatchObject({ state: 'succeeded' })
    const { events } = await server.client.jobs.events(id)
    expect(JSON.stringify(events)).toContain('HELLO YOU')
  })

  test('serves the style sheets of the packs to the editor', async () => {
    const answer = await fetch(`${server.url}/api/v1/node-packs/style.css`)
    expect(answer.headers.get('content-type')).toContain('text/css')
    expect(await answer.text()).toContain("[data-category='words']")
  })
})

test.each([
  ['that exports nothing of use', 'export const answer = 42', 'exports neither'],
  ['whose list is not a list', 'export const nodes = {}', '"nodes" is not a list'],
  ['whose entry is no definition', "export const nodes = [{ name: 'x' }]", 'entry 0 of its "nodes"'],
  ['that cannot be parsed', 'export const', 'Unexpected'],
  [
    'with an adapter that says too little',
    `export const nodes = [${nodeNamed('A')}]; export const comfyAdapters = [{ name: 'Odd' }]`,
    'adapter "Odd": displayName',
  ],
  [
    'with an adapter for a class that is there',
    `export const nodes = [${nodeNamed('A')}]; export const comfyAdapters = [{ name: 'KSampler', displayName: 'x', category: '', inputs: [], outputs: [], is: ['A', {}] }]`,
    'adapter for "KSampler", which there is already',
  ],
  [
    'of two equal nodes',
    `export const nodes = [${nodeNamed('A')}, ${nodeNamed('A')}]`,
    'two node definitions named "A"',
  ],
])('a pack %s is named, with the reason', async (_, text, reason) => {
  const { packs, nodes } = await loadNodePacks([packOf(text)], [], { checkAdapter: adapterMistakes })
  expect(packs[0]?.error).toContain(reason)
  expect(nodes).toEqual([])
})

test('of two packs with one node type the first counts, and the other is named', async () => {
  const twin = join(mkdtempSync(join(tmpdir(), 'patchbay-pack-')), 'twin')
  cpSync(packOf(`export const nodes = [${nodeNamed('Same')}]`), twin, { recursive: true })
  const { packs, nodes } = await loadNodePacks([packOf(`export const nodes = [${nodeNamed('Same')}]`), twin], [], {
    checkAdapter: adapterMistakes,
  })
  expect(packs[1]).toMatchObject({ name: 'twin', error: 'it brings a node "Same", which there is already' })
  expect(nodes).toHaveLength(1)
})

test('a pack that is not there is named', async () => {
  const { packs } = await loadNodePacks(['./no/such/pack', 'no-such-package-at-all'], [], {
    checkAdapter: adapterMistakes,
  })
  expect(packs.map(({ error }) => error)).toEqual([
    'there is no such folder',
    expect.stringContaining('no-such-package'),
  ])
})

describe('a pack far from the packages that it imports', () => {
  const definition = (type: string, by: number): string => `defineNode({
    type: '${type}', version: 1, category: 'far', description: 'Adds ${by}.',
    inputs: { value: link(Int), by: int({ default: ${by}, max: 10, optional: true }) }, outputs: { sum: Int },
    run: ({ value, by }) => ({ sum: value + by }),
  })`
  const far = mkdtempSync(join(tmpdir(), 'patchbay-far-'))
  const packAt = (name: string, files: Readonly<Record<string, string>>): string => {
    const folder = join(far, name)
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    return folder
  }
  packAt('plain', {
    'package.json': '{ "name": "@somebody/plain", "type": "module", "main": "main.js" }',
    'main.js': `import { Int, defineNode, int, link } from '@patchbay/engine'
export const nodes = [${definition('FarAdd', 1)}]
const is = (more) => ['FarAdd', { value: 'number', ...more }]
const adapter = (name, is, outputs = [['INT', 'sum']]) =>
  ({ name, displayName: name, category: 'far', inputs: [{ name: 'number', type: 'INT' }], outputs, is })
export const comfyAdapters = [
  adapter('Good', is({})),
  adapter('NoNode', ['FarAd', {}]),
  adapter('NoInput', is({ buy: 'number' })),
  adapter('NoSource', is({ by: 'numbr' })),
  adapter('NoOutput', is({}), [['INT', 'some']]),
]`,
  })
  packAt('typed', {
    'package.json': '{ "type": "module" }',
    'index.ts': `import { Int, defineNode, int, link } from '@patchbay/engine'
import { by } from './amount.js'
const amount: number = by satisfies number
export const nodes = [${definition('FarTyped', 99)}, { type: 'Bare', version: 1, inputs: {}, outputs: {}, run: () => ({}) }].slice(0, amount)`,
    'amount.ts': 'export const by: number = 2',
  })
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ nodePacks: [], nodePackFolders: [far], builtInNodes: true })
    await server.client.manifest()
  })
  afterAll(() => server.close())

  test('shares them with the host, in JavaScript and in TypeScript, and is called by its package.json', async () => {
    const { nodePacks } = await server.client.system()
    expect(nodePacks.map(({ name, nodes, error }) => ({ name, nodes, error }))).toEqual([
      { name: '@somebody/plain', nodes: 1, error: undefined },
      { name: 'typed', nodes: 2, error: undefined },
    ])
    const node = (type: string, values: object, links: object = {}) => ({ type, version: 1, values, links })
    const document = {
      format: 'patchbay-workflow',
      version: 1,
      nodes: {
        one: node('Integer', { value: 4 }),
        two: node('FarAdd', {}, { value: { node: 'one', output: 'value' } }),
        three: node('FarTyped', { by: 5 }, { value: { node: 'two', output: 'sum' } }),
      },
      results: { sum: { node: 'three', output: 'sum' } },
    } as Workflow
    const { jobs } = await server.client.jobs.submit({ document }, { waitMs: 20_000 })
    expect(await server.client.jobs.get(jobs[0]!.id)).toMatchObject({ state: 'succeeded', results: { sum: 10 } })
  })

  test('is told by name what of its adapters and nodes is wrong', async () => {
    const { nodePacks } = await server.client.system()
    expect(nodePacks[0]?.warnings).toEqual([
      'its adapter "NoNode" is left out: there is no node "FarAd". Did you mean "FarAdd"?',
      'its adapter "NoInput" is left out: FarAdd has no input "buy"; it has "value", "by". Did you mean "by"?',
      'its adapter "NoSource" is left out: "by" comes from "numbr", no input of its own; it has "number". Did you mean "number"?',
      'its adapter "NoOutput" is left out: FarAdd has no output "some"; it has "sum". Did you mean "sum"?',
    ])
    expect(nodePacks[1]?.warnings).toEqual([
      'its node "FarTyped": the default of "by" must be at most 10, not 99',
      'its node "Bare" has no description',
    ])
  })

  test('may leave a widget out of a prompt where it says so', async () => {
    const info = (await (await fetch(`${server.url}/object_info/FarAdd`)).json()) as {
      FarAdd: { input: { required: object; optional: object } }
    }
    expect([Object.keys(info.FarAdd.input.required), Object.keys(info.FarAdd.input.optional)]).toEqual([
      ['value'],
      ['by'],
    ])
  })

  test('is loaded anew, with what was changed and what was added, without a restart of the server', async () => {
    packAt('added', {
      'index.mjs': `import { Int, defineNode, int, link } from '@patchbay/engine'\nexport const nodes = [${definition('FarAdded', 3)}]`,
    })
    const { nodes } = (await (
      await fetch(`${server.url}/api/v1/node-packs/reload`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      })
    ).json()) as { nodes: { type: string }[] }
    expect(nodes.map(({ type }) => type)).toContain('FarAdded')
    expect((await server.client.system()).nodePacks.map(({ name }) => name)).toEqual([
      'added',
      '@somebody/plain',
      'typed',
    ])
  })
})
