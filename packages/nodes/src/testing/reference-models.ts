import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createWeightSource, float32, weightOf, type WeightSource } from '@patchbay/onnx'

/** A small model of diffusers or transformers: its config, the shapes of its weights, and what it gave. */
export interface ReferenceModel {
  readonly config: unknown
  readonly weights: Readonly<Record<string, readonly number[]>>
  readonly outputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>
}

/** Made by the script of that name in tests/reference. */
export function referenceModel(name: string, vectors = 'architectures'): ReferenceModel {
  const file = resolve(import.meta.dirname, '../../../../tests/reference/vectors', `${vectors}.json.gz`)
  const models = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, ReferenceModel>
  const model = models[name]
  if (!model) throw new Error(`The reference has no model "${name}"; it has ${Object.keys(models).join(', ')}`)
  return model
}

/** The weights of a reference model, computed from their names as the script computes them. */
export function referenceWeights({ weights }: ReferenceModel): WeightSource {
  return createWeightSource(
    Object.entries(weights).map(([name, shape]) => weightOf(name, float32(shape, weightValues(name, shape)))),
  )
}

/** An input of a reference model, as the script computes it. */
export function referenceInput(name: string, ...shape: readonly number[]): Float32Array {
  return uniform(
    name,
    shape.reduce((a, b) => a * b, 1),
  ).map((x) => x * Math.fround(1.7))
}

/** The values of a weight of this name and shape. */
export function weightValues(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((a, b) => a * b, 1)
  const x = uniform(name, count)
  if (shape.length >= 2) {
    const scale = Math.fround(Math.sqrt(3 / (count / (shape[0] ?? 1))))
    return x.map((value) => value * scale)
  }
  const tenth = Math.fround(0.1)
  return name.endsWith('weight') ? x.map((value) => 1 + Math.fround(tenth * value)) : x.map((value) => value * tenth)
}

/** Numbers in [-1, 1): FNV-1a of the name, then murmur's finaliser of seed plus multiples of an odd number. */
function uniform(name: string, count: number): Float32Array {
  let seed = 2166136261
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619)
  return Float32Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 2654435761) + seed) | 0
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    return ((x ^ (x >>> 16)) >>> 0) / 2147483648 - 1
  })
}
