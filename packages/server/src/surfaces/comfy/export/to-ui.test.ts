import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { promptJson } from '../prompt/prompt.ts'
import { createRegistry, manifestOf } from '@patchbay/engine'
import type { JsonObject, JsonValue, Workflow } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { promptFromNative } from './from-native.ts'
import { importWorkflow } from '../import/import-workflow.ts'
import { uiFromNative } from './to-ui.ts'

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const imported = (source: unknown) => importWorkflow(source, classes)!.document
const node = (type: string, inputs: { [name: string]: JsonValue } = {}) => ({ class_type: type, inputs })

const common = {
  '1': node('CheckpointLoaderSimple', { ckpt_name: 'mini' }),
  '2': node('CLIPTextEncode', { text: 'a', clip: ['1', 1] }),
  '3': node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
}
const guided = { model: ['1', 0], positive: ['2', 0], negative: ['2', 0], latent_image: ['3', 0] }

test.each<[string, { [id: string]: { class_type: string; inputs: JsonObject } }]>([
  [
    'steps of a part of a schedule',
    {
      ...common,
      '4': node('KSamplerAdvanced', {
        ...guided,
        add_noise: 'disable',
        noise_seed: 7,
        steps: 9,
        cfg: 2,
        sampler_name: 'heun',
        scheduler: 'karras',
        start_at_step: 2,
        end_at_step: 5,
        return_with_leftover_noise: 'enable',
      }),
    },
  ],
  [
    'linked sigmas and a sampler',
    {
      ...common,
      '5': node('BasicScheduler', { model: ['1', 0], scheduler: 'normal', steps: 4, denoise: 1 }),
      '4': node('SamplerCustom', {
        ...guided,
        add_noise: true,
        noise_seed: 7,
        cfg: 3,
        sampler: ['4-sampler', 0],
        sigmas: ['5', 0],
      }),
      '4-sampler': node('KSamplerSelect', { sampler_name: 'dpmpp_2m' }),
    },
  ],
  [
    'a merge by blocks',
    {
      '1': common['1'],
      '4': node('ModelMergeBlocks', { model1: ['1', 0], model2: ['1', 0], input: 0.1, middle: 0.2, out: 0.3 }),
    },
  ],
  ['a merge', { '1': common['1'], '4': node('ModelMergeSimple', { model1: ['1', 0], model2: ['1', 0], ratio: 0.3 }) }],
  [
    'a colour, a blur of two parts, and a batch of links',
    {
      '4': node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0xff8000 }),
      '5': node('ImageBlur', { image: ['4', 0], blur_radius: 3, sigma: 1.5 }),
      '6': node('ImageBatch', { image1: ['5', 0], image2: ['4', 0] }),
      '7': node('PreviewImage', { images: ['6', 0] }),
    },
  ],
  [
    'latents added, subtracted and blended in two ways',
    {
      '3': common['3'],
      '4': node('LatentAdd', { samples1: ['3', 0], samples2: ['3', 0] }),
      '5': node('LatentSubtract', { samples1: ['4', 0], samples2: ['3', 0] }),
      '6': node('LatentInterpolate', { samples1: ['4', 0], samples2: ['5', 0], ratio: 0.5 }),
      '7': node('LatentBlend', { samples1: ['6', 0], samples2: ['5', 0], blend_factor: 0.25 }),
    },
  ],
  [
    'a mask with corners, a clip skip, and two texts with sizes',
    {
      '1': common['1'],
      '4': node('SolidMask', { value: 1, width: 8, height: 8 }),
      '5': node('GrowMask', { mask: ['4', 0], expand: 2, tapered_corners: false }),
      '6': node('CLIPSetLastLayer', { clip: ['1', 1], stop_at_clip_layer: -2 }),
      '7': node('CLIPTextEncodeSDXL', {
        clip: ['6', 0],
        width: 512,
        height: 512,
        crop_w: 1,
        crop_h: 2,
        target_width: 512,
        target_height: 512,
        text_g: 'g',
        text_l: 'l',
      }),
    },
  ],
])('%s become native nodes and the same prompt again', (_, prompt) => {
  const document = imported(prompt)
  const back = promptFromNative(document, classes)
  expect(back.problems).toEqual([])
  expect(promptJson(back.prompt)).toEqual(prompt)
  // And through what the editor saves.
  const saved = uiFromNative(document, classes)
  expect(saved.problems).toEqual([])
  const { layout: _layout, ...again } = imported(saved.workflow)
  const renamed = Object.keys(prompt).every((id) => /^\d+$/.test(id))
  if (renamed) expect(again).toEqual(document)
  else
    expect(
      Object.values(again.nodes)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(
      Object.values(document.nodes)
        .map(({ type }) => type)
        .sort(),
    )
})

test('an amount that no node there takes keeps its native node, and what a node cannot say is told', () => {
  const native = (type: string, values: JsonObject, links = {}) => ({ type, version: 1, values, links })
  const latents = { a: { node: '3', output: 'latents' }, b: { node: '3', output: 'latents' } }
  const { prompt, problems } = promptFromNative(
    {
      format: 'patchbay-workflow',
      version: 1,
      nodes: {
        '3': native('EmptyLatents', {}),
        '4': native('AddLatents', { factor: 0.5 }, latents),
        '5': native('SaveImage', { format: 'webp' }),
      },
    },
    classes,
  )
  expect(prompt.get('4')).toEqual({ class_type: 'AddLatents', inputs: { a: ['3', 0], b: ['3', 0], factor: 0.5 } })
  expect(problems).toEqual([expect.stringContaining('Node 5: SaveImage cannot say')])
})

test('nodes without sizes of their own get what their sockets and widgets take, so that none covers another', () => {
  const path = new URL('../../../../../../workflows/text-to-image.json', import.meta.url)
  const { workflow } = uiFromNative(JSON.parse(readFileSync(path, 'utf8')) as Workflow, classes)
  const boxes = (workflow['nodes'] as JsonObject[]).map(({ type, pos, size }) => {
    const [[x, y], [width, height]] = [pos, size] as unknown as [[number, number], [number, number]]
    return { type, x, y: y - 30, right: x + width, bottom: y + height }
  })
  const over = boxes.flatMap((a, index) =>
    boxes.slice(index + 1).filter((b) => a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom),
  )
  expect(over).toEqual([])
  const heightOf = (wanted: string) =>
    boxes.flatMap(({ type, y, bottom }) => (type === wanted ? [bottom - y - 30] : []))
  // Four sockets, six widgets and what happens to the seed; two texts of several lines.
  expect([heightOf('KSampler'), heightOf('CLIPTextEncode')]).toEqual([[16 + 80 + 168], [124, 124]])
})

test('places, sizes, titles, colours, folded and pinned nodes, modes, frames and notes come back as they were', () => {
  const document = {
    ...imported({
      ...common,
      '9': node('VAEDecode', { samples: ['3', 0], vae: ['1', 2] }),
      '10': node('PreviewImage', { images: ['9', 0] }),
    }),
    layout: {
      nodes: {
        '1': {
          x: 10,
          y: 20,
          width: 300,
          height: 200,
          title: 'The model',
          color: '#223344',
          collapsed: true,
          pinned: true,
        },
        '2': { x: 400, y: 20 },
        '3': { x: 400, y: 300 },
        '9': { x: 800, y: 20 },
        '10': { x: 1200, y: 20, width: 270, height: 240 },
      },
      groups: { 'group-1': { x: 0, y: 0, width: 700, height: 600, title: 'All', color: '#3f789e' } },
      notes: { 'note-1': { x: 5, y: 700, width: 210, height: 90, text: 'Remember' } },
    },
  }
  const muted = { ...document, nodes: { ...document.nodes, '2': { ...document.nodes['2']!, mode: 'muted' as const } } }
  const { workflow } = uiFromNative(muted, classes)
  expect((workflow['nodes'] as JsonObject[]).map(({ id, mode }) => [id, mode])).toContainEqual([2, 2])
  const { layout, nodes } = imported(uiFromNative(document, classes).workflow)
  expect(nodes).toEqual(document.nodes)
  expect(layout?.groups).toEqual(document.layout.groups)
  expect(layout?.notes).toEqual(document.layout.notes)
  expect(layout?.nodes?.['1']).toEqual(document.layout.nodes['1'])
  expect(layout?.nodes?.['10']).toMatchObject(document.layout.nodes['10'])
  const twice = imported(uiFromNative({ ...document, layout: layout! }, classes).workflow)
  expect(twice).toEqual(imported(uiFromNative(document, classes).workflow))
})

const batched = {
  '4': node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0xff8000 }),
  '5': node('ImageBlur', { image: ['4', 0], blur_radius: 3, sigma: 1.5 }),
  '6': node('ImageBatch', { image1: ['5', 0], image2: ['4', 0] }),
}

test('reroute points come back as they were, also at inputs that take several links', () => {
  const made = imported(batched)
  const [input] = Object.keys(made.nodes['5']!.links)
  const [several] = Object.keys(made.nodes['6']!.links)
  const reroutes = {
    [`5.${input!}`]: [
      { x: 10, y: 20 },
      { x: 30.5, y: -40 },
    ],
    [`6.${several!}.1`]: [{ x: 7, y: 8 }],
  }
  const { workflow, problems } = uiFromNative({ ...made, layout: { reroutes } }, classes)
  expect(problems).toEqual([])
  const back = imported(workflow)
  expect(back.nodes).toEqual(made.nodes)
  expect(back.layout?.reroutes).toEqual(reroutes)
  expect(imported(uiFromNative(back, classes).workflow)).toEqual(back)
})

test("older editors' reroute nodes and the points of newer graphs become points on the links, in the order they are passed", () => {
  const saved = {
    nodes: [
      {
        id: 4,
        type: 'EmptyImage',
        pos: [0, 0],
        inputs: [],
        outputs: [{ name: 'IMAGE', type: 'IMAGE', links: [1] }],
        widgets_values: [8, 8, 1, 0],
      },
      {
        id: 9,
        type: 'Reroute',
        pos: [100, 50],
        size: [80, 20],
        inputs: [{ name: '', type: '*', link: 1 }],
        outputs: [{ name: '', type: 'IMAGE', links: [2] }],
      },
      {
        id: 5,
        type: 'ImageBlur',
        pos: [300, 0],
        inputs: [{ name: 'image', type: 'IMAGE', link: 2 }],
        outputs: [],
        widgets_values: [3, 1.5],
      },
    ],
    links: [
      { id: 1, origin_id: 4, origin_slot: 0, target_id: 9, target_slot: 0, type: 'IMAGE', parentId: 1 },
      { id: 2, origin_id: 9, origin_slot: 0, target_id: 5, target_slot: 0, type: 'IMAGE', parentId: 3 },
    ],
    reroutes: [
      { id: 1, pos: [50, 5], linkIds: [1] },
      { id: 2, pos: [200, 5], linkIds: [2] },
      { id: 3, parentId: 2, pos: [250, 5], linkIds: [2] },
    ],
    version: 1,
  }
  const { layout, nodes } = imported(saved)
  const [input] = Object.keys(nodes['5']!.links)
  const passed = [
    { x: 50, y: 5 },
    { x: 140, y: 60 },
    { x: 200, y: 5 },
    { x: 250, y: 5 },
  ]
  expect(layout?.reroutes).toEqual({ [`5.${input!}`]: passed })
  // A chain that bites its own tail ends where it began.
  const ring = { ...saved, reroutes: [{ id: 3, parentId: 3, pos: [1, 2], linkIds: [2] }] }
  expect(imported(ring).layout?.reroutes).toEqual({
    [`5.${input!}`]: [
      { x: 140, y: 60 },
      { x: 1, y: 2 },
    ],
  })
})

test('sub-workflows are dissolved into their nodes where there are no subgraphs, and are subgraphs where there are', () => {
  const grown = {
    '4': node('SolidMask', { value: 1, width: 8, height: 8 }),
    '5': node('GrowMask', { mask: ['4', 0], expand: 3, tapered_corners: false }),
    '6': node('GrowMask', { mask: ['5', 0], expand: 1, tapered_corners: true }),
  }
  const made = imported(grown)
  const grow = made.nodes['5']!
  const [mask] = Object.keys(grow.links) as [string]
  const amount = Object.keys(grow.values).find((name) => grow.values[name] === 3)!
  const { output } = made.nodes['6']!.links[mask] as { output: string }
  const use = (name: string, values: JsonObject, links: typeof grow.links) => ({
    type: `workflow:${name}`,
    version: 1,
    values,
    links,
  })
  const inner = {
    nodes: {
      '1': {
        ...grow,
        values: { ...grow.values, [amount]: 9 },
        links: { [mask]: { input: 'in' }, [amount]: { input: 'amount' } },
      },
    },
    inputs: { in: { like: { node: '1', input: mask } }, amount: { like: { node: '1', input: amount } } },
    outputs: { out: { node: '1', output } },
    layout: { nodes: { '1': { x: 500, y: 500 } }, reroutes: { [`1.${mask}`]: [{ x: 490, y: 510 }] } },
  }
  const outer = {
    nodes: { '1': use('inner', {}, { in: { input: 'in' }, amount: { input: 'amount' } }) },
    inputs: { in: { like: { node: '1', input: 'in' } }, amount: { like: { node: '1', input: 'amount' } } },
    outputs: { out: { node: '1', output: 'out' } },
    layout: { nodes: { '1': { x: 30, y: 40 } } },
  }
  const document = {
    ...made,
    nodes: {
      ...made.nodes,
      '5': use('outer', { amount: 3 }, { in: grow.links[mask]! }),
      '6': { ...made.nodes['6']!, links: { [mask]: { node: '5', output: 'out' } } },
      '7': { ...use('outer', { amount: 4 }, { in: grow.links[mask]! }), mode: 'muted' as const },
      '8': use('itself', {}, {}),
    },
    workflows: { inner, outer, itself: { nodes: { '1': use('itself', {}, {}) }, inputs: {}, outputs: {} } },
    layout: { nodes: { '5': { x: 100, y: 0 } }, reroutes: { '5.in': [{ x: 60, y: 10 }] } },
  }
  const { prompt, problems } = promptFromNative(document, classes)
  expect(promptJson(prompt)).toEqual({
    '4': grown['4'],
    '5:1:1': grown['5'],
    '6': { ...grown['6'], inputs: { ...grown['6'].inputs, mask: ['5:1:1', 0] } },
  })
  expect(problems).toEqual([expect.stringContaining('Node 8:1 is a sub-workflow that is missing, contains itself')])
  const { workflow, problems: told } = uiFromNative(document, classes)
  expect(told).toEqual([expect.stringContaining('Node 8 is a sub-workflow that is missing, contains itself')])
  const again = imported(workflow)
  const { 8: _itself, ...rest } = document.nodes as { [id: string]: unknown }
  expect(Object.keys(again.nodes)).toEqual(Object.keys(rest))
  expect(again.nodes).toMatchObject({ '5': { values: { amount: 3 } }, '7': { values: { amount: 4 }, mode: 'muted' } })
  expect(Object.keys(again.workflows!)).toEqual(['inner', 'outer'])
  expect(again.workflows!['inner']!.layout!.reroutes).toEqual(inner.layout.reroutes)
  expect(again.layout!.reroutes).toEqual(document.layout.reroutes)
})

test('a thousand million uses within uses are not laid out', () => {
  const uses = (name: string) =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `${index}`,
        { type: `workflow:${name}`, version: 1, values: {}, links: {} },
      ]),
    )
  const workflows = Object.fromEntries(
    Array.from({ length: 9 }, (_, depth) => [`w${depth}`, { nodes: uses(`w${depth + 1}`), inputs: {}, outputs: {} }]),
  )
  const { problems } = promptFromNative(
    { format: 'patchbay-workflow', version: 1, nodes: uses('w0'), workflows },
    classes,
  )
  expect(problems.length).toBeGreaterThan(0)
  expect(problems.length).toBeLessThan(25_000)
})
