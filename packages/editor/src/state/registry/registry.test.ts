import { describe, expect, test } from 'vitest'
import { instance, nodeManifest, testManifest, valueInput, workflowOf, output } from '../../testing/manifests.ts'
import { createRegistry, emptyRegistry, manifestOfNode, passThrough } from './registry.ts'

const registry = createRegistry(testManifest)

describe('what the server offers', () => {
  test('a node is found by its type', () => {
    expect(registry.node('Sample')?.label).toBe('Sample')
    expect(registry.node('Nothing')).toBeUndefined()
  })
  test('a socket type has its colour and label; one that is not known is grey, under its name', () => {
    expect(registry.colorOf('model')).toBe('#a16207')
    expect(registry.labelOf('model')).toBe('Model')
    expect(registry.labelOf('strange')).toBe('strange')
    expect(registry.labelOf('*')).toBe('any')
    expect(registry.colorOf('strange')).toBe(emptyRegistry.colorOf('model'))
  })
  test('an output fits its own type and what it can be turned into, and else says why not', () => {
    expect(registry.refusal('image', ['image'])).toBeUndefined()
    expect(registry.refusal('mask', ['image'])).toBeUndefined()
    expect(registry.refusal('image', ['mask'])).toMatch(/image.*mask/i)
  })
})

describe('a node that stands for a sub-workflow', () => {
  const workflow = workflowOf(
    {},
    {
      workflows: {
        inner: {
          label: 'Inner',
          nodes: { 1: instance('Sample'), 2: instance('SaveImage') },
          inputs: {
            steps: { like: { node: '1', input: 'steps' }, value: 8 },
            from: { like: { node: '1', input: 'model' }, label: 'From' },
            lost: { like: { node: '9', input: 'x' } },
          },
          outputs: { picture: { node: '1', output: 'image', label: 'Picture' } },
        },
      },
    },
  )
  const manifest = manifestOfNode(registry, workflow, { type: 'workflow:inner' })

  test('takes the declarations of the inputs inside, under its own names, labels and defaults', () => {
    expect(manifest?.inputs.map((input) => [input.name, input.label, input.kind])).toEqual([
      ['steps', 'Steps', 'value'],
      ['from', 'From', 'link'],
    ])
    expect(manifest?.inputs[0]).toMatchObject({ default: 8 })
  })
  test('gives what the nodes inside give', () => {
    expect(manifest?.outputs).toMatchObject([{ name: 'picture', label: 'Picture', type: 'image' }])
  })
  test('has a side effect when a node inside has one', () => expect(manifest?.sideEffect).toBe(true))
  test('is the same object as long as nothing changed', () => {
    expect(manifestOfNode(registry, workflow, { type: 'workflow:inner' })).toBe(manifest)
  })
  test('that holds itself has no sockets of its own making, and does not go round for ever', () => {
    const loop = workflowOf(
      {},
      {
        workflows: {
          loop: {
            nodes: { 1: instance('workflow:loop') },
            inputs: { x: { like: { node: '1', input: 'x' } } },
            outputs: {},
          },
        },
      },
    )
    expect(manifestOfNode(registry, loop, { type: 'workflow:loop' })?.inputs).toEqual([])
  })
  test('of a sub-workflow that is gone has no manifest', () => {
    expect(manifestOfNode(registry, workflow, { type: 'workflow:gone' })).toBeUndefined()
  })
})

test('a bypassed node passes on the first linked input of the type that goes out', () => {
  const blur = nodeManifest('Blur', {
    inputs: [valueInput('radius', { type: 'int', min: 0, max: 9, step: 1 }), ...testManifest.nodes[3]!.inputs],
    outputs: [output('image', 'image')],
  })
  const linked = instance('Blur', { links: { image: { node: '1', output: 'image' } } })
  expect(passThrough(blur, linked, 'image')).toBe('image')
  expect(passThrough(blur, instance('Blur'), 'image')).toBeUndefined()
  expect(passThrough(blur, linked, 'other')).toBeUndefined()
})
