import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { type JsonObject, parseJson } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { savedGraph } from '../../../testing/saved-graphs.ts'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { objectInfoOf, widgetsIn } from '../classes/comfy-class.ts'
import { promptFromNative } from '../export/from-native.ts'
import { importWorkflow } from './import-workflow.ts'
import { exactJson, promptJson } from '../prompt/prompt.ts'
import { uiFromNative } from '../export/to-ui.ts'
import { apiFromUi } from './ui-workflow.ts'

// Documents as people have them: of older and newer editors, and of packs that are not here.

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const imported = (source: unknown) => importWorkflow(source, classes)!
const exported = (source: unknown) => uiFromNative(imported(source).document, classes).workflow
const named = (workflow: JsonObject, type: string) =>
  (workflow['nodes'] as JsonObject[]).filter((node) => node['type'] === type)

const sampler = (values: unknown[], more: JsonObject = {}) => ({
  id: 3,
  type: 'KSampler',
  ins: ['model:MODEL', 'positive:CONDITIONING', 'negative:CONDITIONING', 'latent_image:LATENT'],
  outs: ['LATENT:LATENT'],
  values: values as number[],
  more,
})

test.each([
  ['randomize', 'randomise'],
  ['increment', 'increment'],
  ['decrement', 'decrement'],
  ['fixed', undefined],
])('what happens to a seed after a run is kept: %s', (there, here) => {
  const text = { id: 2, type: 'CLIPTextEncode', ins: ['clip:CLIP'], outs: ['CONDITIONING:CONDITIONING'] }
  const saved = savedGraph({ nodes: [text, sampler([5, there, 20, 8, 'euler', 'normal', 1])], links: [[2, 0, 3, 2]] })
  const { document } = imported(saved)
  expect(document.layout!.nodes!['3']!.seeds).toEqual(here === undefined ? undefined : { seed: here })
  expect(named(exported(saved), 'KSampler')[0]!['widgets_values']).toEqual([5, there, 20, 8, 'euler', 'normal', 1])
})

test('values by name stand beside those by position, or in place of them; a seed without its control shifts nothing', () => {
  const written = [
    sampler([5, 20, 7, 'euler', 'normal', 1]),
    sampler([5, 'fixed', 20, 7, 'euler', 'normal', 1]),
    sampler([5, 'fixed'], {
      widgets_values_named: {
        seed: 5,
        control_after_generate: 'fixed',
        steps: 20,
        cfg: 7,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
      },
    }),
    sampler([], {
      widgets_values: {
        seed: 5,
        control_after_generate: 'fixed',
        steps: 20,
        cfg: 7,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
      },
    }),
  ]
  const values = written.map((node) => imported(savedGraph({ nodes: [node], links: [] })).document.nodes['3']!.values)
  expect(values[0]).toMatchObject({ seed: 5, steps: 20, guidanceScale: 7, sampler: 'euler' })
  for (const each of values) expect(each).toEqual(values[0])
})

test('a seed of 64 bits comes through exactly, there and back', () => {
  const saved = savedGraph({ nodes: [sampler(['SEED', 'fixed', 20, 8, 'euler', 'normal', 1])], links: [] })
  const parsed = parseJson(JSON.stringify(saved).replace('"SEED"', '18446744073709551615'))
  const { document } = imported(parsed.ok && parsed.value)
  expect(document.nodes['3']!.values['seed']).toBe('18446744073709551615')
  expect(exactJson(uiFromNative(document, classes).workflow)).toContain('[18446744073709551615,"fixed",20')
})

test('nodes that are not known here go back as they came, with their values, links and titles', () => {
  const saved = savedGraph({
    nodes: [
      { id: 1, type: 'EmptyImage', outs: ['IMAGE:IMAGE'], values: [8, 8, 1, 0] },
      {
        id: 2,
        type: 'FancyThing',
        ins: ['image:IMAGE', 'strength:FLOAT*', 'mode:COMBO*'],
        outs: ['MASK:MASK', 'IMAGE:IMAGE'],
        values: [0.5, 'soft'],
        more: { title: 'Mine' },
      },
      { id: 9, type: 'SaveImage', ins: ['images:IMAGE'], values: ['it'] },
    ],
    links: [
      [1, 0, 2, 0],
      [2, 1, 9, 0],
    ],
  })
  const { document, problems } = imported(saved)
  expect(problems).toEqual([expect.stringContaining('FancyThing has no counterpart')])
  const { workflow, problems: lost } = uiFromNative(document, classes)
  expect(lost).toEqual([])
  expect(named(workflow, 'FancyThing')).toMatchObject([
    { id: 2, title: 'Mine', widgets_values: { strength: 0.5, mode: 'soft' } },
  ])
  expect(imported(workflow).document).toEqual(document)
  expect(promptJson(promptFromNative(document, classes).prompt)).toMatchObject({
    2: { class_type: 'FancyThing', inputs: { image: ['1', 0], strength: 0.5, mode: 'soft' } },
    9: { inputs: { images: ['2', 1] } },
  })
})

test('nodes of packs that only route are gone through: reroutes, and pairs that are joined by a name', () => {
  const saved = savedGraph({
    nodes: [
      { id: 1, type: 'EmptyImage', outs: ['IMAGE:IMAGE'], values: [8, 8, 1, 0] },
      { id: 2, type: 'SetNode', ins: ['IMAGE:IMAGE'], outs: ['*:*'], values: ['pic'] as unknown as number[] },
      { id: 3, type: 'GetNode', outs: ['IMAGE:IMAGE'], values: ['pic'] as unknown as number[] },
      { id: 4, type: 'Reroute (rgthree)', ins: [':*'], outs: [':*'] },
      { id: 5, type: 'GetNode', outs: ['IMAGE:IMAGE'], values: ['nobody'] as unknown as number[] },
      { id: 9, type: 'SaveImage', ins: ['images:IMAGE'], values: ['it'] },
      { id: 10, type: 'SaveImage', ins: ['images:IMAGE'], values: ['none'] },
    ],
    links: [
      [1, 0, 2, 0],
      [3, 0, 4, 0],
      [4, 0, 9, 0],
      [5, 0, 10, 0],
    ],
  })
  const { document, problems } = imported(saved)
  expect(problems).toEqual([])
  expect(document.nodes['9']!.links).toEqual({ image: { node: '1', output: 'image' } })
  expect(document.nodes['10']!.links).toEqual({})
  expect(Object.keys(document.nodes)).toEqual(['1', '9', '10'])
})

test("the editor's own short colours are kept, on nodes, frames and notes", () => {
  const saved = savedGraph(
    {
      nodes: [
        { id: 1, type: 'EmptyImage', values: [8, 8, 1, 0], more: { color: '#232', bgcolor: '#353' } },
        { id: 2, type: 'MarkdownNote', values: ['# Read me'] as unknown as number[], more: { color: '#432' } },
      ],
      links: [],
    },
    [],
    { groups: [{ title: 'All', bounding: [0, 0, 100, 100], color: '#A88' }] },
  )
  const { layout } = imported(saved).document
  expect(layout!.nodes!['1']!.color).toBe('#223322')
  expect(Object.values(layout!.groups!)[0]!.color).toBe('#AA8888')
  expect(Object.values(layout!.notes!)[0]).toMatchObject({ text: '# Read me', color: '#443322' })
  expect(named(exported(saved), 'Note')).toMatchObject([{ color: '#443322', widgets_values: ['# Read me'] }])
})

test('an input that takes links alone shows no widget there, whatever its type, and takes no place among the values', () => {
  const report = classes.get('ScoreReport')!
  const info = objectInfoOf(report, () => []) as unknown as { input: { [group: string]: { [name: string]: unknown } } }
  expect(info.input['required']!['scores']).toEqual(['FLOAT', { forceInput: true }])
  const document = {
    format: 'patchbay-workflow' as const,
    version: 1 as const,
    nodes: {
      1: { type: 'Number', version: 1, values: { value: 2 }, links: {} },
      2: {
        type: 'ScoreReport',
        version: 1,
        values: { name: 'CLIP score' },
        links: { scores: [{ node: '1', output: 'value' }] },
      },
    },
  }
  const { workflow } = uiFromNative(document, classes)
  expect(named(workflow, 'ScoreReport')[0]!['widgets_values']).toEqual([
    'CLIP score',
    'second score',
    12,
    'score-report',
  ])
  expect(imported(workflow).document.nodes['2']).toMatchObject({
    values: { name: 'CLIP score', bins: 12 },
    links: document.nodes[2].links,
  })
  // A constant that is posted for it comes from a node of its own.
  const posted = imported({ 2: { class_type: 'ScoreReport', inputs: { scores: 3 } } }).document
  expect(posted.nodes['2']!.links['scores']).toBeDefined()
})

test('values of inputs that may be missing stand behind the others, as the editor orders its widgets', () => {
  const mixed = {
    inputs: [
      { name: 'a', type: 'INT', options: {}, optional: true },
      { name: 'b', type: 'INT', options: {} },
      { name: 'c', type: 'IMAGE', options: {} },
    ],
  }
  expect(widgetsIn(mixed).map(({ name }) => name)).toEqual(['b', 'a'])
})

test('a widget that says nothing, and one that only uploads, are no inputs', () => {
  const loader = {
    id: 1,
    type: 'LoadImage',
    outs: ['IMAGE:IMAGE'],
    values: [null],
    more: { widgets_values: ['a.png', 'image'], widgets_values_named: { image: 'a.png', upload: 'image' } },
  }
  const lora = { id: 2, type: 'LoraLoader', ins: ['model:MODEL', 'clip:CLIP'], values: [null, 0.5, 1] }
  const prompt = apiFromUi(savedGraph({ nodes: [loader, lora], links: [] }), classes)
  expect(prompt.get('1')!.inputs).toEqual({ image: 'a.png' })
  expect(prompt.get('2')!.inputs).toEqual({ strength_model: 0.5, strength_clip: 1 })
})

test('a node that nothing is linked to yet keeps its class', () => {
  const saved = savedGraph({ nodes: [{ id: 1, type: 'PreviewImage', ins: ['images:IMAGE'] }], links: [] })
  expect(named(exported(saved), 'PreviewImage')).toHaveLength(1)
})
