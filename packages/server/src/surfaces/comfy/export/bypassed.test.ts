import { describe, expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import type { NodeInstance, NodeMode, SubWorkflow, Workflow } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { promptJson } from '../prompt/prompt.ts'
import { promptFromNative } from './from-native.ts'

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const node = (type: string, links: NodeInstance['links'] = {}, mode?: NodeMode): NodeInstance => ({
  type,
  version: 1,
  values: {},
  links,
  ...(mode ? { mode } : {}),
})
const from = (id: string, output = 'image') => ({ node: id, output })
const exported = (nodes: Workflow['nodes'], workflows?: Workflow['workflows']) => {
  const made = promptFromNative(
    { format: 'patchbay-workflow', version: 1, nodes, ...(workflows ? { workflows } : {}) },
    classes,
  )
  return { prompt: promptJson(made.prompt), problems: made.problems }
}

describe('a bypassed node in API format', () => {
  test('is gone, one behind the other, and what is linked to it is linked to what it passes on', () => {
    const { prompt, problems } = exported({
      a: node('EmptyImage'),
      b: node('InvertImage', { image: from('a') }, 'bypassed'),
      c: node('InvertImage', { image: from('b') }, 'bypassed'),
      d: node('SaveImage', { image: from('c') }),
    })
    expect([Object.keys(prompt), prompt['d']?.inputs['images'], problems]).toEqual([['a', 'd'], ['a', 0], []])
  })

  test('passes on the first input of the type, not of another', () => {
    const { prompt } = exported({
      a: node('EmptyImage'),
      m: node('SolidMask'),
      b: node('CompositeImages', { mask: from('m', 'mask'), destination: from('a'), source: from('m') }, 'bypassed'),
      d: node('SaveImage', { image: from('b') }),
    })
    expect(['a', 'm']).toContain((prompt['d']?.inputs['images'] as string[])[0])
  })

  test('that passes nothing on leaves an input open, which is told', () => {
    const { prompt, problems } = exported({
      a: node('EmptyImage', {}, 'bypassed'),
      d: node('SaveImage', { image: from('a') }),
    })
    expect(prompt['d']?.inputs).not.toHaveProperty('images')
    expect(problems).toEqual([expect.stringContaining('Node d: a bypassed node feeds its input image')])
  })

  test('ends, where bypassed nodes feed each other', () => {
    const ring = {
      a: node('InvertImage', { image: from('b') }, 'bypassed'),
      b: node('InvertImage', { image: from('a') }, 'bypassed'),
      d: node('SaveImage', { image: from('a') }),
    }
    expect(Object.keys(exported(ring).prompt)).toEqual(['d'])
  })

  test('may be a sub-workflow, or stand within one', () => {
    const soft: SubWorkflow = {
      nodes: {
        x: node('InvertImage', { image: { input: 'image' } }),
        y: node('InvertImage', { image: from('x') }, 'bypassed'),
      },
      inputs: { image: { like: { node: 'x', input: 'image' } } },
      outputs: { image: { node: 'y', output: 'image' } },
    }
    const nodes = {
      a: node('EmptyImage'),
      b: node('workflow:soft', { image: from('a') }, 'bypassed'),
      c: node('workflow:soft', { image: from('b') }),
      d: node('SaveImage', { image: from('c') }),
    }
    const { prompt, problems } = exported(nodes, { soft })
    expect([Object.keys(prompt).sort(), problems]).toEqual([['a', 'c:x', 'd'], []])
    expect([prompt['c:x']?.inputs['image'], prompt['d']?.inputs['images']]).toEqual([
      ['a', 0],
      ['c:x', 0],
    ])
  })
})
