import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { exactJson, promptOf } from './prompt.ts'
import { nativeOf } from './to-native.ts'

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const nodesOf = (prompt: object) => nativeOf(promptOf(prompt)!, classes).document.nodes
const invert = (image: unknown) => ({ class_type: 'ImageInvert', inputs: { image } })
const save = (images: unknown) => ({ class_type: 'SaveImage', inputs: { images, filename_prefix: 'x' } })

test('a link from a node that saves starts where its own pictures come from', () => {
  const nodes = nodesOf({
    a: { class_type: 'EmptyImage', inputs: {} },
    b: save(['a', 0]),
    c: save(['b', 0]),
    d: invert(['c', 0]),
  })
  expect([nodes['d']?.links, nodes['c']?.links]).toEqual([
    { image: { node: 'a', output: 'image' } },
    { image: { node: 'a', output: 'image' } },
  ])
})

test('nodes that save what each other saves hand nothing on', () => {
  expect(nodesOf({ b: save(['c', 0]), c: save(['b', 0]), d: invert(['c', 0]) })['d']?.links).toEqual({})
})

test.each(['9007199254740993', '18446744073709551615'])(
  'the seed %s from a primitive stands where it is used',
  (seed) => {
    const nodes = nodesOf({
      n: { class_type: 'PrimitiveInt', inputs: { value: seed } },
      s: { class_type: 'KSampler', inputs: { seed: ['n', 0], steps: 3 } },
    })
    expect([nodes['s']?.values['seed'], nodes['s']?.links['seed']]).toEqual([seed, undefined])
  },
)

test('a seed within 2^53 stays a link', () => {
  const nodes = nodesOf({
    n: { class_type: 'PrimitiveInt', inputs: { value: 7 } },
    s: { class_type: 'KSampler', inputs: { seed: ['n', 0], steps: 3 } },
  })
  expect(nodes['s']?.links['seed']).toEqual({ node: 'n', output: 'value' })
})

test('whole numbers of 64 bits are written as numbers, negative ones too', () => {
  expect(exactJson({ a: '-9223372036854775807', b: '18446744073709551615', c: '12', d: '99999999999999999999' })).toBe(
    '{"a":-9223372036854775807,"b":18446744073709551615,"c":"12","d":"99999999999999999999"}',
  )
})
