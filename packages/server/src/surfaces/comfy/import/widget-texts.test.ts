import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import type { JsonObject } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { savedGraph } from '../../../testing/saved-graphs.ts'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { importWorkflow } from './import-workflow.ts'
import { apiFromUi } from './ui-workflow.ts'

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const sampler = (more: JsonObject) => ({
  id: 3,
  type: 'KSampler',
  ins: ['model:MODEL', 'positive:CONDITIONING', 'negative:CONDITIONING', 'latent_image:LATENT'],
  values: [7, 'fixed', 3, 8.5, 'euler', 'normal', 1],
  more,
})
const graph = (text: string, prefix: string, more: JsonObject = {}) =>
  savedGraph({
    nodes: [
      sampler(more),
      { id: 6, type: 'CLIPTextEncode', ins: ['clip:CLIP'], outs: ['CONDITIONING:CONDITIONING'], values: [text] },
      { id: 9, type: 'SaveImage', ins: ['images:IMAGE'], values: [prefix] },
    ],
    links: [],
  })

test.each([
  ['its class', 'KSampler', {}],
  ['its title', 'Mine', { title: 'Mine' }],
  ['what texts call it', 'main', { properties: { 'Node name for S&R': 'main' } }],
])('a widget is found by %s', (_, name, more) => {
  const prefix = `%${name}.seed%_%${name}.sampler_name%_%no.one%_%${name}.none%`
  const read = apiFromUi(graph('a', prefix, more), classes).get('9')?.inputs['filename_prefix']
  expect(read).toBe(`7_euler_%no.one%_%${name}.none%`)
})

test('a document keeps what it found, and tells of what ComfyUI looks up for each run', () => {
  const { document, problems } = importWorkflow(graph('a {red|green} fox', '%KSampler.cfg%/x'), classes)!
  expect([document.nodes['6']?.values['text'], document.nodes['9']?.values['name']]).toEqual(['a red fox', '8.5/x'])
  expect(problems).toEqual([
    expect.stringContaining('Node 6 (CLIPTextEncode): ComfyUI\'s editor draws from "a {red|green} fox"'),
    expect.stringContaining("Node 9 (SaveImage): ComfyUI's editor looks %KSampler.cfg% up"),
  ])
})

test('a choice that changes nothing is not told, and the date of a file is left for when it is saved', () => {
  const { document, problems } = importWorkflow(graph('a {red|red} fox', '%date:yyyy%'), classes)!
  expect([document.nodes['6']?.values['text'], document.nodes['9']?.values['name']]).toEqual([
    'a red fox',
    '%date:yyyy%',
  ])
  expect(problems).toEqual([])
})

test('what cannot stand in the name of a file is written otherwise', () => {
  const read = apiFromUi(graph('a/b:c?', '%CLIPTextEncode.text%'), classes)
  expect(read.get('9')?.inputs['filename_prefix']).toBe('a_b_c_')
})
