import { createRegistry, nodeManifestOf, type LinkInput } from '@patchbay/engine'
import { describe, expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { imageFrom } from '../image/image.ts'
import { runNode } from '../testing/run-node.ts'
import { nodeDefinitions } from './index.ts'

const registry = createRegistry({ nodes: nodeDefinitions })

test('no two nodes have one name, and every value has a default that fits', () => {
  expect(new Set(nodeDefinitions.map(({ type }) => type)).size).toBe(nodeDefinitions.length)
  for (const { type } of nodeDefinitions) expect(registry.lookUp(type)?.checkValues({}), type).toEqual([])
})

test.each(nodeDefinitions.map((definition) => [definition.type, nodeManifestOf(definition)] as const))(
  '%s says what it is in a sentence',
  (_, node) => {
    expect(node.description).toMatch(/^[A-Z0-9].+[.)]$/s)
    expect(node.category).toMatch(/^[a-z]+(\/[a-z]+)*$/)
  },
)

const picture = () =>
  imageFrom(
    { batch: 2, height: 12, width: 10, channels: 3 },
    (k, y, x, c) => ((k * 31 + y * 17 + x * 7 + c * 3) % 23) / 22,
  )
const mask = () =>
  float32(
    [1, 12, 10],
    Float32Array.from({ length: 120 }, (_, i) => (i % 5) / 4),
  )
/** Values that keep pictures small, for the inputs that make them large. */
// A hint for inpainting is black where its ControlNet does not want -1.
const small: Readonly<Record<string, number | boolean>> = { width: 16, height: 16, megapixels: 0.0005, black: true }
const samples: Readonly<Record<string, () => Tensor>> = { image: picture, mask }
const isLink = (input: { readonly kind: string }): input is LinkInput => input.kind === 'link'
/** Nodes that take pictures and masks alone and give something: they can all be run the same way. */
const pure = nodeDefinitions.filter((definition) => {
  const links = Object.values(definition.inputs).filter(isLink)
  const isKnown = links.every(({ types }) => types.some(({ name }) => name in samples))
  return isKnown && links.length > 0 && /^(image|mask)/.test(definition.category ?? '') && !definition.sideEffect
})

describe.each(pure.map((definition) => [definition.type, definition] as const))('%s', (_, definition) => {
  const inputs = () =>
    Object.fromEntries(
      Object.entries(definition.inputs).flatMap(([name, input]): [string, unknown][] => {
        if (!isLink(input)) return name in small ? [[name, small[name]]] : []
        const sample = samples[input.types.find((type) => type.name in samples)?.name ?? '']?.()
        return [[name, input.list ? [sample, sample] : sample]]
      }),
    )

  test('gives the same for the same, and leaves its inputs as they were', async () => {
    const given = inputs()
    const first = await runNode(definition, given)
    expect(given).toEqual(inputs())
    expect((await runNode(definition, inputs())).outputs).toEqual(first.outputs)
    for (const value of Object.values(first.outputs)) expect(value).toBeDefined()
  })

  test('gives values from 0 to 1 in a shape of its kind', async () => {
    const { outputs } = await runNode(definition, inputs())
    for (const [name, output] of Object.entries(definition.outputs)) {
      const value = outputs[name]
      if ('listOf' in output || !(output.name in samples)) continue
      const { shape, data } = value as Tensor
      expect(shape).toHaveLength(output.name === 'image' ? 4 : 3)
      expect(data.every((x) => x >= 0 && x <= 1)).toBe(true)
    }
  })
})
