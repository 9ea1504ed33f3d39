import { expect, test } from 'vitest'
import { type PlannedNode, createRegistry, manifestOf, parseWorkflow, validateWorkflow } from '@patchbay/engine'
import type { JsonObject, Workflow } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { type DrawnGraph, type DrawnNode, type DrawnSubgraph, savedGraph } from '../../../testing/saved-graphs.ts'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { withoutSubWorkflows } from '../export/dissolve.ts'
import { promptFromNative } from '../export/from-native.ts'
import { importWorkflow } from './import-workflow.ts'
import { nativeOf } from '../prompt/to-native.ts'
import { uiFromNative } from '../export/to-ui.ts'
import { apiFromUi } from './ui-workflow.ts'

const registry = createRegistry({ nodes: nodeDefinitions })
const classes = comfyClassesOf(manifestOf(registry))
const imported = (source: unknown) => importWorkflow(source, classes)!

/** What each side effect of a document computes, whatever its nodes are called. */
async function computed(document: Workflow): Promise<string[]> {
  const parsed = parseWorkflow(JSON.parse(JSON.stringify(document)))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  const checked = await validateWorkflow(parsed.workflow, registry)
  if (!checked.ok) throw new Error(checked.issues.map(({ message }) => message).join('\n'))
  const written = new Map<PlannedNode, string>()
  for (const node of checked.plan.nodes) {
    const inputs = node.inputs.map(({ name, sources }) => [
      name,
      sources.map((source) => [written.get(source.node), source.output]),
    ])
    written.set(node, JSON.stringify([node.definition.type, node.values, inputs]))
  }
  return checked.plan.roots.map((root) => written.get(root)!).sort()
}

/** The document of a saved workflow, which computes what the prompt that ComfyUI's editor would post computes. */
async function faithful(saved: JsonObject): Promise<{ document: Workflow; problems: readonly string[] }> {
  const made = imported(saved)
  const posted = nativeOf(apiFromUi(saved, classes), classes).document
  expect(await computed(made.document)).toEqual(await computed(posted))
  return made
}

const empty = (id: number): DrawnNode => ({ id, type: 'EmptyImage', outs: ['IMAGE:IMAGE'], values: [8, 8, 1, id] })
const save = (id: number): DrawnNode => ({ id, type: 'SaveImage', ins: ['images:IMAGE'], values: ['it'] })
const blurIns = ['image:IMAGE', 'blur_radius:INT*', 'sigma:FLOAT*']
const blur = (id: number, more: Partial<DrawnNode> = {}): DrawnNode => ({
  id,
  type: 'ImageBlur',
  ins: blurIns,
  outs: ['IMAGE:IMAGE'],
  values: [7, 1.5],
  ...more,
})
const invert = (id: number, more: Partial<DrawnNode> = {}): DrawnNode => ({
  id,
  type: 'ImageInvert',
  ins: ['image:IMAGE'],
  outs: ['IMAGE:IMAGE'],
  ...more,
})

const soft: DrawnSubgraph = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  name: 'Soft negative',
  ins: ['image:IMAGE', 'blur_radius:INT'],
  outs: ['IMAGE:IMAGE'],
  nodes: [blur(2), invert(3)],
  links: [
    [-10, 0, 2, 0],
    [-10, 1, 2, 1],
    [2, 0, 3, 0],
    [3, 0, -20, 0],
  ],
}
const use = (
  id: number,
  subgraph: DrawnSubgraph,
  values: readonly number[] = [],
  more: Partial<DrawnNode> = {},
): DrawnNode => ({
  id,
  type: subgraph.id,
  ins: subgraph.ins.map((end) => (end.includes('IMAGE') ? end : `${end}*`)),
  outs: subgraph.outs,
  values,
  ...more,
})
/** A picture through one instance into a file. */
const through = (instance: DrawnNode): DrawnGraph => ({
  nodes: [empty(1), instance, save(9)],
  links: [
    [1, 0, instance.id, 0],
    [instance.id, 0, 9, 0],
  ],
})

test('a subgraph becomes one sub-workflow that each of its instances uses, with its own values', async () => {
  const labelled = {
    ...savedGraph(
      {
        nodes: [empty(1), use(5, soft, [11]), use(6, soft, [12]), save(8), save(9), save(10)],
        links: [
          [1, 0, 5, 0],
          [5, 0, 6, 0],
          [5, 0, 8, 0],
          [6, 0, 9, 0],
          [6, 0, 10, 0],
        ],
      },
      [soft],
    ),
  }
  const { document, problems } = await faithful(labelled)
  expect(problems).toEqual([])
  expect(Object.keys(document.workflows!)).toEqual(['Soft negative'])
  const { nodes, inputs, outputs, label } = document.workflows!['Soft negative']!
  expect(label).toBe('Soft negative')
  expect(Object.values(nodes).map(({ type }) => type)).toEqual(expect.arrayContaining(['BlurImage', 'InvertImage']))
  expect(inputs).toMatchObject({ image: { like: { node: '2' } }, blur_radius: { like: { node: '2' }, value: 7 } })
  expect(Object.keys(outputs)).toEqual(['IMAGE'])
  expect([document.nodes['5'], document.nodes['6']]).toMatchObject([
    { type: 'workflow:Soft negative', values: { blur_radius: 11 }, links: { image: { node: '1' } } },
    { type: 'workflow:Soft negative', values: { blur_radius: 12 }, links: { image: { node: '5', output: 'IMAGE' } } },
  ])
})

test('an instance that says nothing of a widget gets what the node within says', async () => {
  const { document } = await faithful(savedGraph(through(use(5, soft)), [soft]))
  expect(document.nodes['5']!.values).toEqual({})
  expect((await computed(document))[0]).toContain('7')
})

test("widgets that an instance shows as its own become inputs, however the editor's version wrote them", async () => {
  const bare = {
    ...soft,
    ins: ['image:IMAGE'],
    links: [
      [-10, 0, 2, 0],
      [2, 0, 3, 0],
      [3, 0, -20, 0],
    ],
  } as DrawnSubgraph
  const proxied = (of: DrawnSubgraph, values: readonly number[], widgets: readonly (readonly string[])[]) =>
    through(use(5, of, values, { more: { properties: { proxyWidgets: widgets.map((pair) => [...pair]) } } }))
  const written = [
    savedGraph(
      proxied(
        bare,
        [11, 2.5],
        [
          ['2', 'blur_radius'],
          ['2', 'sigma'],
        ],
      ),
      [bare],
    ),
    savedGraph(
      proxied(
        soft,
        [2.5, 11],
        [
          ['2', 'sigma'],
          ['-1', 'blur_radius'],
        ],
      ),
      [soft],
    ),
    savedGraph(
      through(
        use(5, bare, [], {
          more: {
            properties: {
              proxyWidgets: [
                ['2', 'blur_radius'],
                ['2', 'sigma'],
                ['2', '$$preview'],
                ['77', 'seed'],
              ],
            },
            widgets_values: [11, 2.5, null, 3],
          },
        }),
      ),
      [bare],
    ),
  ]
  const results = []
  for (const saved of written) {
    const { document, problems } = await faithful(saved)
    expect(problems).toEqual([])
    expect(document.nodes['5']!.values).toEqual({ blur_radius: 11, sigma: 2.5 })
    results.push(await computed(document))
  }
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
  const named = savedGraph(
    through(use(5, soft, [], { more: { widgets_values: null, widgets_values_named: { blur_radius: 4 } } })),
    [soft],
  )
  expect((await faithful(named)).document.nodes['5']!.values).toEqual({ blur_radius: 4 })
})

test('subgraphs within subgraphs, and widgets shown through both', async () => {
  const outer: DrawnSubgraph = {
    id: 'aaaaaaaa-0000-4000-8000-000000000002',
    name: 'Twice/soft',
    ins: ['image:IMAGE', 'width:INT'],
    outs: ['first:IMAGE', 'IMAGE:IMAGE'],
    nodes: [use(4, soft, [3]), use(5, soft, [5])],
    links: [
      [-10, 0, 4, 0],
      [-10, 1, 4, 1],
      [4, 0, 5, 0],
      [4, 0, -20, 0],
      [5, 0, -20, 1],
    ],
  }
  const saved = savedGraph(
    {
      nodes: [empty(1), use(5, outer, [21]), save(8), use(6, outer), save(9)],
      links: [
        [1, 0, 5, 0],
        [5, 1, 8, 0],
        [5, 0, 6, 0],
        [6, 1, 9, 0],
      ],
    },
    [outer, soft],
  )
  const { document } = await faithful(saved)
  expect(Object.keys(document.workflows!)).toEqual(['Soft negative', 'Twice-soft'])
  expect(document.workflows!['Twice-soft']!.inputs['width']).toEqual({
    like: { node: '4', input: 'blur_radius' },
    value: 3,
  })
})

test('muted and bypassed instances and nodes within stay, and do what they do there', async () => {
  for (const mode of [2, 4]) {
    const around = {
      ...savedGraph(
        {
          nodes: [empty(1), use(5, soft, [11], { mode }), invert(6), save(8), save(9)],
          links: [
            [1, 0, 5, 0],
            [5, 0, 8, 0],
            [1, 0, 6, 0],
            [6, 0, 9, 0],
          ],
        },
        [soft],
      ),
    }
    const { document } = imported(around)
    expect(document.nodes['5']).toMatchObject({
      type: 'workflow:Soft negative',
      mode: mode === 2 ? 'muted' : 'bypassed',
    })
    expect(await computed(document)).toHaveLength(mode === 2 ? 1 : 2)
    if (mode === 4) await faithful(around)
    const within: DrawnSubgraph = { ...soft, nodes: [blur(2, { mode }), invert(3)] }
    const inner = savedGraph(
      {
        nodes: [empty(1), use(5, within, [11]), save(8), save(9)],
        links: [
          [1, 0, 5, 0],
          [5, 0, 8, 0],
          [1, 0, 9, 0],
        ],
      },
      [within],
    )
    expect(imported(inner).document.workflows!['Soft negative']!.nodes['2']!.mode).toBe(
      mode === 2 ? 'muted' : 'bypassed',
    )
    if (mode === 4) await faithful(inner)
    else expect(await computed(imported(inner).document)).toHaveLength(1)
  }
})

test('a bypassed node that ComfyUI goes past another way is gone past that way', async () => {
  const composite: DrawnNode = {
    id: 4,
    type: 'ImageBlend',
    ins: ['image1:IMAGE', 'image2:IMAGE'],
    outs: ['IMAGE:IMAGE'],
    values: [0.5, 'normal'],
    mode: 4,
  }
  const { document } = await faithful(
    savedGraph({
      nodes: [empty(1), empty(2), composite, save(9)],
      links: [
        [2, 0, 4, 1],
        [1, 0, 4, 0],
        [4, 0, 9, 0],
      ],
    }),
  )
  expect(document.nodes['4']!.mode).toBe('bypassed')
})

test('reroutes within, and what an instance passes straight on', async () => {
  const passing: DrawnSubgraph = {
    ...soft,
    outs: ['IMAGE:IMAGE', 'same:IMAGE'],
    nodes: [...soft.nodes, { id: 7, type: 'Reroute', ins: [':*'], outs: [':IMAGE'], at: [100, 60] }],
    links: [
      [-10, 0, 7, 0],
      [7, 0, 2, 0],
      [-10, 1, 2, 1],
      [2, 0, 3, 0, 4],
      [3, 0, -20, 0],
      [7, 0, -20, 1],
    ],
    more: {
      reroutes: [{ id: 4, pos: [550, 20], linkIds: [4] }],
      groups: [{ title: 'Inside', bounding: [1, 2, 3, 4] }],
    },
  }
  const { document } = await faithful(
    savedGraph(
      {
        nodes: [empty(1), use(5, passing, [11]), save(8), save(9)],
        links: [
          [1, 0, 5, 0],
          [5, 0, 8, 0],
          [5, 1, 9, 0],
        ],
      },
      [passing],
    ),
  )
  const { layout, outputs } = document.workflows!['Soft negative']!
  expect(Object.keys(outputs)).toEqual(['IMAGE'])
  expect(document.nodes['9']!.links).toEqual({ image: { node: '1', output: 'image' } })
  expect(layout!.nodes).toMatchObject({ 2: { x: 600, y: 0 }, 3: { x: 900, y: 0 } })
  expect(layout!.groups).toMatchObject({ 'group-1': { title: 'Inside' } })
  expect(Object.values(layout!.reroutes!)).toEqual([[{ x: 100 + 135, y: 60 + 50 }], [{ x: 550, y: 20 }]])
})

test('a subgraph that cannot be said as a sub-workflow is laid out where it stands, and told', async () => {
  const onlyPasses: DrawnSubgraph = { ...soft, ins: ['image:IMAGE'], nodes: [], links: [[-10, 0, -20, 0]] }
  const passed = await faithful(savedGraph(through(use(5, onlyPasses)), [onlyPasses]))
  expect(passed.document.workflows).toBeUndefined()
  expect(passed.problems).toEqual([
    'The subgraph "Soft negative" is laid out node by node: no node in it does any work.',
  ])

  const sampler: DrawnSubgraph = {
    id: 'aaaaaaaa-0000-4000-8000-000000000003',
    name: 'Which sampler',
    ins: ['sampler_name:COMBO'],
    outs: ['SAMPLER:SAMPLER'],
    nodes: [
      { id: 1, type: 'KSamplerSelect', ins: ['sampler_name:COMBO*'], outs: ['SAMPLER:SAMPLER'], values: ['euler'] },
    ],
    links: [
      [-10, 0, 1, 0],
      [1, 0, -20, 0],
    ],
  }
  const custom: DrawnGraph = {
    nodes: [
      {
        id: 1,
        type: 'CheckpointLoaderSimple',
        outs: ['MODEL:MODEL', 'CLIP:CLIP', 'VAE:VAE'],
        values: ['patchbay-mini'],
      },
      { id: 2, type: 'CLIPTextEncode', ins: ['clip:CLIP'], outs: ['CONDITIONING:CONDITIONING'], values: ['a'] },
      { id: 3, type: 'EmptyLatentImage', outs: ['LATENT:LATENT'], values: [64, 64, 1] },
      { id: 4, type: sampler.id, ins: ['sampler_name:COMBO*'], outs: sampler.outs, values: ['heun'] },
      { id: 5, type: 'BasicScheduler', ins: ['model:MODEL'], outs: ['SIGMAS:SIGMAS'], values: ['karras', 4, 1] },
      {
        id: 6,
        type: 'SamplerCustom',
        ins: [
          'model:MODEL',
          'positive:CONDITIONING',
          'negative:CONDITIONING',
          'sampler:SAMPLER',
          'sigmas:SIGMAS',
          'latent_image:LATENT',
        ],
        outs: ['output:LATENT', 'denoised_output:LATENT'],
        values: [true, 7, 'fixed', 3],
      },
      { id: 7, type: 'VAEDecode', ins: ['samples:LATENT', 'vae:VAE'], outs: ['IMAGE:IMAGE'] },
      save(9),
    ],
    links: [
      [1, 1, 2, 0],
      [1, 0, 5, 0],
      [1, 0, 6, 0],
      [2, 0, 6, 1],
      [2, 0, 6, 2],
      [4, 0, 6, 3],
      [5, 0, 6, 4],
      [3, 0, 6, 5],
      [6, 0, 7, 0],
      [1, 2, 7, 1],
      [7, 0, 9, 0],
    ],
  }
  const saved = savedGraph(custom, [sampler])
  const laidOut = imported(saved)
  expect(laidOut.document.workflows).toBeUndefined()
  expect(laidOut.document.nodes).toEqual(nativeOf(apiFromUi(saved, classes), classes).document.nodes)
  expect(laidOut.document.nodes['6']!.values['sampler']).toBe('heun')
  expect(laidOut.problems).toEqual([
    expect.stringMatching(/"Which sampler" is laid out node by node: \w+ must know the very node/),
  ])
})

test('a subgraph that contains itself is refused, and one that the file does not hold is told', () => {
  const [a, b] = [
    { ...soft, id: 'a', name: 'A' },
    { ...soft, id: 'b', name: 'B' },
  ]
  const ring = [
    { ...a, nodes: [use(2, b)] },
    { ...b, nodes: [use(2, a)] },
  ]
  expect(() => imported(savedGraph(through(use(5, a)), ring))).toThrow(/The subgraph "A" contains itself \(A → B → A\)/)
  // Nobody uses it.
  expect(() => imported(savedGraph(through(use(5, soft)), [soft, ...ring]))).not.toThrow()
  const { document, problems } = imported(savedGraph(through(use(5, soft))))
  expect(document.nodes['5']).toMatchObject({ type: soft.id, links: { image: { node: '1' } } })
  expect(problems).toEqual([
    expect.stringContaining(`Node 5 is an instance of the subgraph ${soft.id}, whose definition`),
  ])
})

const sameAgain = async (document: Workflow) => {
  const { workflow, problems } = uiFromNative(document, classes)
  expect(problems).toEqual([])
  const again = await faithful(workflow)
  expect(again.problems).toEqual([])
  return { workflow, again: again.document }
}

test('a sub-workflow goes to ComfyUI as a subgraph with its instances, and comes back the same', async () => {
  const outer: DrawnSubgraph = {
    id: 'aaaaaaaa-0000-4000-8000-000000000002',
    name: 'Twice',
    ins: ['image:IMAGE', 'width:INT'],
    outs: ['first:IMAGE', 'IMAGE:IMAGE'],
    nodes: [use(4, soft, [3], { mode: 4 }), use(5, soft, [5])],
    links: [
      [-10, 0, 4, 0],
      [-10, 1, 5, 1],
      [4, 0, 5, 0],
      [4, 0, -20, 0],
      [5, 0, -20, 1],
    ],
    more: { groups: [{ title: 'Inside', bounding: [1, 2, 3, 4], color: '#112233' }] },
  }
  const saved = savedGraph(
    {
      nodes: [empty(1), use(5, outer, [21]), save(8), use(6, outer, [22], { mode: 2 }), use(7, soft, [9]), save(9)],
      links: [
        [1, 0, 5, 0],
        [5, 1, 8, 0],
        [5, 1, 6, 0],
        [5, 0, 7, 0],
        [7, 0, 9, 0],
      ],
    },
    [outer, soft],
  )
  const { document } = await faithful(saved)
  const { workflow, again } = await sameAgain(document)
  expect(again).toEqual(document)
  expect(uiFromNative(again, classes).workflow).toEqual(workflow)
  const { definitions, nodes } = workflow as unknown as { definitions: { subgraphs: Saved[] }; nodes: Saved['nodes'] }
  const [inner, twice] = definitions.subgraphs
  expect(nodes.map(({ id, type, mode }) => [id, type, mode])).toEqual(
    expect.arrayContaining([
      [5, twice!.id, 0],
      [6, twice!.id, 2],
      [7, inner!.id, 0],
    ]),
  )
  expect(twice).toMatchObject({ version: 1, name: 'Twice', inputNode: { id: -10 }, outputNode: { id: -20 } })
  expect(twice!.inputs.map(({ name, type }) => [name, type])).toEqual([
    ['image', 'IMAGE'],
    ['width', 'INT'],
  ])
  // No two links of the whole document have one number, and each end knows its own.
  const numbers = definitions.subgraphs.flatMap(({ links }) => links.map(({ id }) => id))
  expect(new Set([...numbers, ...(workflow['links'] as unknown[][]).map(([id]) => id)]).size).toBe(numbers.length + 5)
  for (const { links, inputs, outputs } of definitions.subgraphs) {
    for (const [slot, { linkIds }] of inputs.entries())
      expect(links.filter((link) => link.origin_id === -10 && link.origin_slot === slot).map(({ id }) => id)).toEqual(
        linkIds,
      )
    for (const [slot, { linkIds }] of outputs.entries())
      expect(links.filter((link) => link.target_id === -20 && link.target_slot === slot).map(({ id }) => id)).toEqual(
        linkIds,
      )
  }
  const instance = nodes.find(({ id }) => id === 5)!
  expect(instance).toMatchObject({
    widgets_values: [21],
    inputs: [{ name: 'image' }, { name: 'width', widget: { name: 'width' } }],
  })
  // API format knows no subgraphs.
  expect([...promptFromNative(document, classes).prompt.keys()]).toContain('5:5:2')
})

interface Saved {
  readonly id: string
  readonly nodes: readonly { readonly id: number; readonly type: string; readonly mode: number }[]
  readonly links: readonly {
    readonly id: number
    readonly origin_id: number
    readonly origin_slot: number
    readonly target_id: number
    readonly target_slot: number
  }[]
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly linkIds: readonly number[] }[]
  readonly outputs: Saved['inputs']
}

test('an instance that says nothing of any widget says nothing there either', async () => {
  const { document } = await faithful(savedGraph(through(use(5, soft)), [soft]))
  const { workflow, again } = await sameAgain(document)
  expect((workflow['nodes'] as JsonObject[]).find(({ id }) => id === 5)).not.toHaveProperty('widgets_values')
  expect(again).toEqual(document)
})

test('a sub-workflow that no subgraph can stand for is dissolved there: several links at one of its inputs', async () => {
  const joined = savedGraph({
    nodes: [
      empty(1),
      empty(2),
      { id: 4, type: 'ImageBatch', ins: ['image1:IMAGE', 'image2:IMAGE'], outs: ['IMAGE:IMAGE'] },
      save(9),
    ],
    links: [
      [1, 0, 4, 0],
      [2, 0, 4, 1],
      [4, 0, 9, 0],
    ],
  })
  const { document } = imported(joined)
  const batch = document.nodes['4']!
  const [input = '', linked = []] = Object.entries(batch.links).find(([, links]) => 'length' in links)!
  const nested: Workflow = {
    ...document,
    nodes: { ...document.nodes, 4: { type: 'workflow:b', version: 1, values: {}, links: { all: linked } } },
    workflows: {
      b: {
        nodes: { 4: { ...batch, links: { [input]: { input: 'all' } } } },
        inputs: { all: { like: { node: '4', input } } },
        outputs: {
          [(document.nodes['9']!.links['image'] as { output: string }).output]: { node: '4', output: 'image' },
        },
      },
    },
  }
  expect(await computed(nested)).toEqual(await computed(document))
  const { workflow } = uiFromNative(nested, classes)
  expect(workflow).not.toHaveProperty('definitions')
  expect(await computed(imported(workflow).document)).toEqual(await computed(document))
})

test('subgraphs within one another come in at once, also when none of them does any work, and too many are refused', async () => {
  const chain = (core: Pick<DrawnSubgraph, 'nodes' | 'links'>, length = 32) =>
    Array.from({ length }, (_, depth): DrawnSubgraph => {
      const [id, inner] = [`s${depth}`, { ...soft, id: `s${depth - 1}`, ins: ['image:IMAGE'] }]
      const around: Pick<DrawnSubgraph, 'nodes' | 'links'> = {
        nodes: [use(2, inner)],
        links: [
          [-10, 0, 2, 0],
          [2, 0, -20, 0],
        ],
      }
      return { ...soft, id, name: id, ins: ['image:IMAGE'], ...(depth === 0 ? core : around) }
    })
  const start = performance.now()
  const working = chain({
    nodes: [invert(3)],
    links: [
      [-10, 0, 3, 0],
      [3, 0, -20, 0],
    ],
  })
  const made = await faithful(savedGraph(through(use(5, working.at(-1)!)), working))
  expect(Object.keys(made.document.workflows!)).toHaveLength(32)
  const idle = chain({ nodes: [], links: [[-10, 0, -20, 0]] })
  const { document, problems } = await faithful(savedGraph(through(use(5, idle.at(-1)!)), idle))
  expect(document.workflows).toBeUndefined()
  expect(problems).toHaveLength(32)
  expect(performance.now() - start).toBeLessThan(20_000)
  const deep = chain(
    {
      nodes: [invert(3)],
      links: [
        [-10, 0, 3, 0],
        [3, 0, -20, 0],
      ],
    },
    33,
  )
  expect(() => imported(savedGraph(through(use(5, deep.at(-1)!)), deep))).toThrow('nested more than 32 deep')
}, 60_000)

test('values that are said otherwise here are translated at the border, and a seed goes to the sampler that it is for', () => {
  const advanced = [
    'model:MODEL',
    'positive:CONDITIONING',
    'negative:CONDITIONING',
    'latent_image:LATENT',
    'add_noise:COMBO*',
    'noise_seed:INT*',
  ]
  const sampling: DrawnSubgraph = {
    id: 'aaaaaaaa-0000-4000-8000-000000000004',
    name: 'Sampling',
    outs: ['LATENT:LATENT', 'other:LATENT'],
    ins: ['model:MODEL', 'positive:CONDITIONING', 'latent_image:LATENT', 'add_noise:COMBO', 'noise_seed:INT'],
    nodes: [
      {
        id: 1,
        type: 'KSamplerAdvanced',
        ins: advanced,
        outs: ['LATENT:LATENT'],
        values: ['enable', 1, 'fixed', 4, 7, 'euler', 'normal', 0, 10000, 'disable'],
      },
      { id: 2, type: 'RandomNoise', ins: ['noise_seed:INT*'], outs: ['NOISE:NOISE'], values: [2, 'fixed'] },
      { id: 3, type: 'BasicGuider', ins: ['model:MODEL', 'conditioning:CONDITIONING'], outs: ['GUIDER:GUIDER'] },
      { id: 4, type: 'KSamplerSelect', outs: ['SAMPLER:SAMPLER'], values: ['heun'] },
      { id: 5, type: 'BasicScheduler', ins: ['model:MODEL'], outs: ['SIGMAS:SIGMAS'], values: ['karras', 4, 1] },
      {
        id: 6,
        type: 'SamplerCustomAdvanced',
        ins: ['noise:NOISE', 'guider:GUIDER', 'sampler:SAMPLER', 'sigmas:SIGMAS', 'latent_image:LATENT'],
        outs: ['output:LATENT', 'denoised_output:LATENT'],
      },
    ],
    links: [
      [-10, 0, 1, 0],
      [-10, 1, 1, 1],
      [-10, 1, 1, 2],
      [-10, 2, 1, 3],
      [-10, 3, 1, 4],
      [-10, 4, 1, 5],
      [-10, 4, 2, 0],
      [-10, 0, 3, 0],
      [-10, 1, 3, 1],
      [-10, 0, 5, 0],
      [2, 0, 6, 0],
      [3, 0, 6, 1],
      [4, 0, 6, 2],
      [5, 0, 6, 3],
      [-10, 2, 6, 4],
      [1, 0, -20, 0],
      [6, 0, -20, 1],
    ],
  }
  const ins = sampling.ins.map((end) => (/COMBO|INT/.test(end) ? `${end}*` : end))
  const saved = savedGraph(
    {
      nodes: [
        {
          id: 1,
          type: 'CheckpointLoaderSimple',
          outs: ['MODEL:MODEL', 'CLIP:CLIP', 'VAE:VAE'],
          values: ['patchbay-mini'],
        },
        { id: 2, type: 'CLIPTextEncode', ins: ['clip:CLIP'], outs: ['CONDITIONING:CONDITIONING'], values: ['a'] },
        { id: 3, type: 'EmptyLatentImage', outs: ['LATENT:LATENT'], values: [64, 64, 1] },
        { id: 4, type: sampling.id, ins, outs: sampling.outs, values: ['disable', '18446744073709551615'] },
        { id: 5, type: 'VAEDecode', ins: ['samples:LATENT', 'vae:VAE'], outs: ['IMAGE:IMAGE'] },
        save(9),
      ],
      links: [
        [1, 1, 2, 0],
        [1, 0, 4, 0],
        [2, 0, 4, 1],
        [3, 0, 4, 2],
        [4, 1, 5, 0],
        [1, 2, 5, 1],
        [5, 0, 9, 0],
      ],
    },
    [sampling],
  )
  const { document, problems } = imported(saved)
  expect(problems).toEqual([])
  expect(document.nodes['4']!.values).toEqual({ add_noise: false, noise_seed: '18446744073709551615' })
  const { inputs, nodes } = document.workflows!['Sampling']!
  expect(inputs).toMatchObject({
    add_noise: { like: { node: '1', input: 'addNoise' }, value: true },
    noise_seed: { like: { node: '1', input: 'seed' }, value: 1 },
  })
  expect([nodes['1']!.links['seed'], nodes['6']!.links['seed']]).toEqual([
    { input: 'noise_seed' },
    { input: 'noise_seed' },
  ])
  expect(nodes['6']!.values['sampler']).toBe('heun')
  const dissolved = withoutSubWorkflows(document).document.nodes
  const posted = nativeOf(apiFromUi(saved, classes), classes).document.nodes
  for (const id of ['4:1', '4:6'])
    expect({ ...dissolved[id]!.values, ...dissolved[id]!.links }).toEqual({
      ...posted[id]!.values,
      ...posted[id]!.links,
    })
  const { workflow } = uiFromNative(document, classes)
  const instance = (workflow['nodes'] as JsonObject[]).find(({ id }) => id === 4)!
  expect(instance['widgets_values']).toEqual(['disable', '18446744073709551615'])
  expect(imported(workflow).document.nodes['4']).toEqual(document.nodes['4'])
})
