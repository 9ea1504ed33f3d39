import { featureMap, float32, Graph, requireFloat32, Scope, type WeightSource } from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { codeSize, styleCode } from '../architectures/style-networks/coded-style.ts'
import { imagesOf, type Dataset } from '../dataset/dataset.ts'
import { planesOf } from '../image/image.ts'
import type { Sessions } from '../networks/sessions.ts'
import type { StylePair } from './batches/style-pairs.ts'

/** Pictures whose codes are taken at once. */
const atOnce = 32

/** The style codes of all pictures of a set, over white: [pictures, codeSize]. The weights are those of `styleCode`. */
export async function styleCodesOf(
  sessions: Sessions,
  { key, weights }: { readonly key: string; readonly weights: WeightSource },
  dataset: Dataset,
  signal: AbortSignal,
): Promise<Float32Array> {
  const build = () => {
    const graph = new Graph()
    const shape = ['batch', 3, dataset.size, dataset.size]
    graph.output('code', styleCode(new Scope(graph), featureMap(graph.input('picture', 'float32', shape))))
    return { graph, weights }
  }
  const codes = new Float32Array(dataset.pictures.length * codeSize)
  await sessions.with({ key: `${key}|code-${dataset.size}`, build }, async (session) => {
    for (let first = 0; first < dataset.pictures.length; first += atOnce) {
      signal.throwIfAborted()
      const picture = planesOf(imagesOf(dataset, first, atOnce))
      codes.set(requireFloat32((await session.run({ picture })).code, 'The trunk').data, first * codeSize)
    }
  })
  return codes
}

/** Mean and deviation of each value of codes: what the network takes off, and divides by. */
export function spreadOfCodes(codes: Float32Array) {
  const count = codes.length / codeSize
  const mean = new Float32Array(codeSize)
  const deviation = new Float32Array(codeSize)
  for (const [i, value] of codes.entries()) mean[i % codeSize] = numberAt(mean, i % codeSize) + value / count
  for (const [i, value] of codes.entries()) {
    const apart = value - numberAt(mean, i % codeSize)
    deviation[i % codeSize] = numberAt(deviation, i % codeSize) + apart ** 2 / count
  }
  return {
    code_mean: float32([codeSize], mean),
    code_deviation: float32(
      [codeSize],
      deviation.map((value) => Math.sqrt(value) + 1e-3),
    ),
  }
}

/** For each pair the mean code of its references: [pairs, codeSize]. */
export function codesOfPairs(codes: Float32Array, pairs: readonly StylePair[]): Float32Array {
  const result = new Float32Array(pairs.length * codeSize)
  for (const [k, { references }] of pairs.entries()) {
    for (const place of references) {
      for (let i = 0; i < codeSize; i++) {
        const at = k * codeSize + i
        result[at] = numberAt(result, at) + numberAt(codes, place * codeSize + i) / references.length
      }
    }
  }
  return result
}
