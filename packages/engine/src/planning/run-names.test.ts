import { expect, test } from 'vitest'
import { createRegistry, defineNode, resultNamesOf, seed, text, usedValuesOf, type Workflow } from '../index.ts'

const effect = (type: string) =>
  defineNode({
    type,
    version: 1,
    inputs: { name: text({ default: 'x' }) },
    outputs: {},
    sideEffect: true,
    run: () => ({}),
  })
const noise = defineNode({
  type: 'Noise',
  version: 1,
  inputs: { seed: seed(), name: text() },
  outputs: {},
  run: () => ({}),
})
const registry = createRegistry({ nodes: [effect('SaveImage'), effect('Show'), noise] })
const node = (type: string, values: Workflow['nodes'][string]['values'] = {}) => ({
  type,
  version: 1,
  values,
  links: {},
})
const document = (nodes: Workflow['nodes'], more: Partial<Workflow> = {}): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes,
  ...more,
})

test('what nodes keep and show is named by their titles, else by their types, each name once', () => {
  const nodes = { 2: node('SaveImage'), 10: node('SaveImage'), a: node('Show'), b: node('SaveImage'), n: node('Noise') }
  const layout = { nodes: { b: { x: 0, y: 0, title: 'Final picture!' } } }
  expect(Object.fromEntries(resultNamesOf(document(nodes, { layout }), registry))).toEqual({
    2: 'image',
    10: 'image_10',
    a: 'shown',
    b: 'finalPicture',
  })
  const results = { image: { node: 'n', output: 'x' } }
  expect(resultNamesOf(document({ 2: node('SaveImage') }, { results }), registry).get('2')).toBe('image_2')
})

test('the values that a run was given are those of parameters, and its seeds', () => {
  const parameters = { prompt: { node: 'n', input: 'name' }, file: { node: 's', input: 'name' } }
  const nodes = { n: node('Noise', { seed: '18446744073709551615', name: 'a cat' }), s: node('SaveImage') }
  expect(usedValuesOf(document(nodes, { parameters }), registry)).toEqual({
    prompt: 'a cat',
    file: 'x',
    seed: '18446744073709551615',
  })
  const two = { n: node('Noise', { seed: 1 }), m: node('Noise'), off: { ...node('Noise'), mode: 'muted' as const } }
  expect(usedValuesOf(document(two), registry)).toEqual({ seed_m: 0, seed_n: 1 })
})
