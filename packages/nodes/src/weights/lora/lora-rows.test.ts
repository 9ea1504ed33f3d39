import { bindWeights, createWeightSource, evaluate, float32, Graph, ops, weightOf, type Tensor } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { fluxLayerNames } from '../../architectures/flux-transformer/names.ts'
import { aliasesOf } from '../../architectures/kinds/layer-names.ts'
import { weightValues } from '../../testing/reference-models.ts'
import { bindWithLoras } from './lora-binding.ts'
import { parseLora } from './lora.ts'

const width = 4
const layers = ['attn.to_q', 'attn.to_k', 'attn.to_v'].map((layer) => `transformer_blocks.0.${layer}`)
const models = {
  denoiser: {
    weights: layers.map((layer) => `${layer}.weight`),
    loraAliases: aliasesOf(fluxLayerNames(width)),
    numberedLayers: () => [],
  },
  textEncoders: [],
}
const factor = (name: string, ...shape: readonly number[]) => weightOf(name, float32(shape, weightValues(name, shape)))

/** What a change of one of the layers is, as it is added to weights of zeros. */
async function changeOf(file: ReturnType<typeof createWeightSource>, layer: string): Promise<Float32Array> {
  const { updates, unmatched, unread } = parseLora(file, models)
  expect([updates.length, unmatched, unread]).toEqual([3, [], []])
  const zeros = createWeightSource([weightOf(`${layer}.weight`, float32([width, width], new Float32Array(width ** 2)))])
  const graph = new Graph()
  graph.output('changed', ops.identity(graph.parameter(`${layer}.weight`, 'float32', [width, width])))
  const applied = updates.map((update) => ({ update, strength: 1 }))
  const { changed } = await evaluate(graph, {}, bindWithLoras(bindWeights(zeros), applied))
  return (changed as Tensor).data
}

test.each(['lora_unet_double_blocks_0_img_attn_qkv', 'diffusion_model.double_blocks.0.img_attn.qkv'])(
  '%s changes queries, keys and values, each by its rows',
  async (base) => {
    const [up, down] = [factor(`${base}.lora_up.weight`, 3 * width, 2), factor(`${base}.lora_down.weight`, 2, width)]
    const file = createWeightSource([up, down])
    const [a, b] = [weightValues(up.name, up.shape), weightValues(down.name, down.shape)]
    for (const [part, layer] of layers.entries()) {
      const change = await changeOf(file, layer)
      const expected = Array.from({ length: width ** 2 }, (_, i) => {
        const [row, column] = [part * width + Math.floor(i / width), i % width]
        return a[2 * row]! * b[column]! + a[2 * row + 1]! * b[width + column]!
      })
      for (const [i, value] of expected.entries()) expect(change[i]).toBeCloseTo(value, 5)
    }
  },
)

test('a LoKr of the whole layer is cut after its product', async () => {
  const base = 'lycoris_double_blocks_0_img_attn_qkv'
  const [first, second] = [factor(`${base}.lokr_w1`, 3, 2), factor(`${base}.lokr_w2`, width, 2)]
  const file = createWeightSource([first, second])
  const [a, b] = [weightValues(first.name, first.shape), weightValues(second.name, second.shape)]
  for (const [part, layer] of layers.entries()) {
    const change = await changeOf(file, layer)
    for (let i = 0; i < width ** 2; i++) {
      const [row, column] = [Math.floor(i / width), i % width]
      expect(change[i]).toBeCloseTo(a[2 * part + (column >> 1)]! * b[2 * row + (column & 1)]!, 5)
    }
  }
})
