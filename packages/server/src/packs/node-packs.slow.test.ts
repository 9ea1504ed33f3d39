import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { type TestServer, startTestServer, testNodes, waiting } from '../testing/test-server.ts'
import { packAdapterOf } from '../surfaces/comfy/catalogue/pack-adapter.ts'
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
    const found = templates.find(({ id }) => id === 'feature-pack/every-feature')
    if (!found) throw new Error('The pack brings no example.')
    everyFeature = found.document
  })
  afterAll(() => server.close())

  test('names the one that throws, leaves it out, and runs the nodes of the others', async () => {
    const { nodePacks } = await server.client.system()
    expect(nodePacks).toEqual([
      { name: 'throwing-pack', nodes: 0, error: 'the weights of this pack are missing' },
      { name: 'feature-pack', nodes: 10 },
      { name: 'node-pack', nodes: 4 },
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
  const { packs, nodes } = await loadNodePacks([packOf(text)], [], { checkAdapter: packAdapterOf })
  expect(packs[0]?.error).toContain(reason)
  expect(nodes).toEqual([])
})

test('of two packs with one node type the first counts, and the other is named', async () => {
  const twin = join(mkdtempSync(join(tmpdir(), 'patchbay-pack-')), 'twin')
  cpSync(packOf(`export const nodes = [${nodeNamed('Same')}]`), twin, { recursive: true })
  const { packs, nodes } = await loadNodePacks([packOf(`export const nodes = [${nodeNamed('Same')}]`), twin], [], {
    checkAdapter: packAdapterOf,
  })
  expect(packs[1]).toMatchObject({ name: 'twin', error: 'it brings a node "Same", which there is already' })
  expect(nodes).toHaveLength(1)
})

test('a pack that is not there is named', async () => {
  const { packs } = await loadNodePacks(['./no/such/pack', 'no-such-package-at-all'], [], {
    checkAdapter: packAdapterOf,
  })
  expect(packs.map(({ error }) => error)).toEqual([
    'there is no such folder',
    expect.stringContaining('no-such-package'),
  ])
})
