import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import type { JsonObject } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { promptFromNative } from '../export/from-native.ts'
import { promptJson } from '../prompt/prompt.ts'
import { importWorkflow } from './import-workflow.ts'
import { apiFromUi } from './ui-workflow.ts'

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const end = (name: string, type: string) => ({ name, type, link: null })
const out = (name: string) => ({ name, type: name, links: [] })

/** A blur and an inversion behind it, with another blur beside them. */
const group = {
  nodes: [
    {
      id: -1,
      type: 'ImageBlur',
      inputs: [end('image', 'IMAGE')],
      outputs: [out('IMAGE')],
      widgets_values: [3, 0.5],
      index: 0,
    },
    { id: -1, type: 'ImageInvert', inputs: [end('image', 'IMAGE')], outputs: [out('IMAGE')], index: 1 },
    {
      id: -1,
      type: 'ImageBlur',
      title: 'More',
      inputs: [end('image', 'IMAGE')],
      outputs: [out('IMAGE')],
      widgets_values: [4, 1],
      index: 2,
    },
  ],
  links: [[0, 0, 1, 0, 1, 'IMAGE']],
  external: [],
}
const saved = (type: string, values: readonly number[]): JsonObject => ({
  nodes: [
    { id: 1, type: 'EmptyImage', inputs: [], outputs: [out('IMAGE')], widgets_values: [8, 8, 1, 0] },
    {
      id: 60,
      type,
      inputs: [
        { ...end('image', 'IMAGE'), link: 1 },
        { ...end('More image', 'IMAGE'), link: 2 },
      ],
      outputs: [out('IMAGE'), out('More IMAGE')],
      widgets_values: values,
    },
    { id: 7, type: 'SaveImage', inputs: [{ ...end('images', 'IMAGE'), link: 3 }], widgets_values: ['x'] },
    { id: 8, type: 'SaveImage', inputs: [{ ...end('images', 'IMAGE'), link: 4 }], widgets_values: ['y'] },
  ],
  links: [
    [1, 1, 0, 60, 0, 'IMAGE'],
    [2, 1, 0, 60, 1, 'IMAGE'],
    [3, 60, 0, 7, 0, 'IMAGE'],
    [4, 60, 1, 8, 0, 'IMAGE'],
  ],
  extra: { groupNodes: { Soft: group } },
  version: 0.4,
})
const expected = {
  '60:0': { class_type: 'ImageBlur', inputs: { image: ['1', 0], blur_radius: 5, sigma: 2 } },
  '60:1': { class_type: 'ImageInvert', inputs: { image: ['60:0', 0] } },
  '60:2': { class_type: 'ImageBlur', inputs: { image: ['1', 0], blur_radius: 6, sigma: 0.5 } },
  '7': { inputs: { images: ['60:1', 0] } },
  '8': { inputs: { images: ['60:2', 0] } },
}

test.each(['workflow/Soft', 'workflow>Soft'])('a group node %s is posted as the nodes that it holds', (type) => {
  expect(promptJson(apiFromUi(saved(type, [5, 2, 6, 0.5]), classes))).toMatchObject(expected)
})

test('a group node is imported as a sub-workflow with its own values', () => {
  const { document, problems } = importWorkflow(saved('workflow/Soft', [5, 2, 6, 0.5]), classes)!
  expect([document.nodes['60']?.type, problems]).toEqual(['workflow:Soft', []])
  expect(promptJson(promptFromNative(document, classes).prompt)).toMatchObject(expected)
})

test('the change of a seed behind it is no value of the next widget', () => {
  const sampler = {
    type: 'KSampler',
    inputs: ['model:MODEL', 'positive:CONDITIONING', 'negative:CONDITIONING', 'latent_image:LATENT'].map((text) =>
      end(text.split(':')[0] ?? '', text.split(':')[1] ?? ''),
    ),
    outputs: [out('LATENT')],
    widgets_values: [1, 'fixed', 20, 8, 'euler', 'normal', 1],
  }
  const instance = {
    id: 5,
    type: 'workflow/S',
    inputs: [],
    outputs: [out('LATENT')],
    widgets_values: [7, 'randomize', 3, 4, 'heun', 'karras', 0.5],
  }
  const json = {
    nodes: [instance],
    links: [],
    extra: { groupNodes: { S: { nodes: [sampler], links: [], external: [] } } },
  }
  const inputs = { seed: 7, steps: 3, cfg: 4, sampler_name: 'heun', scheduler: 'karras', denoise: 0.5 }
  expect(apiFromUi(json, classes).get('5:0')?.inputs).toMatchObject(inputs)
})
