import type { JsonObject } from '@patchbay/engine'
import { freeMemory } from '@patchbay/onnx'
import { flopsOf, type DenoiserCost } from '../architectures/kinds/cost.ts'
import type { Services } from '../host/services.ts'

type Traits = JsonObject | undefined
export interface Warning {
  readonly input: 'latents'
  readonly severity: 'warning'
  readonly message: string
}

/**
 * What ONNX Runtime takes on the CPU for each byte that is alive in a graph: unrolled convolutions and copies of
 * attention's operands. Measured on a UNet of Stable Diffusion 1.5's size, between 32 × 32 and 96 × 96 latents: 94 kB
 * a cell for 26 kB.
 */
const runtimeShare = 3.7

/**
 * The size of latents that is known before the run, in pixels of the picture; a side of 0 is the one the model was
 * trained on.
 */
export function sizeInTraits(
  model: Traits,
  latents: Traits,
): { width: number; height: number; batch: number } | undefined {
  const native = numberIn(model, 'nativeSize') ?? 0
  const [width, height] = ['width', 'height'].map((side) => numberIn(latents, side))
  if (width === undefined || height === undefined) return undefined
  const size = { width: width || native, height: height || native, batch: numberIn(latents, 'batch') ?? 1 }
  return size.width > 0 && size.height > 0 ? size : undefined
}

/** What is known of latents whose size, or whose number, is another than before. */
export function withoutSize({ width: _, height: __, batch: ___, ...traits }: JsonObject): JsonObject {
  return traits
}

/** What a step of sampling takes, by the size of the picture: operations, and bytes of memory beside the weights. */
export function sampleCost(model: Traits, latents: Traits): { flops: number; bytes: number } | undefined {
  const size = sizeInTraits(model, latents)
  const cost = model?.['cost']
  const scale = numberIn(model, 'latentScale')
  if (!size || !scale || !isTraits(cost)) return undefined
  const cells = (size.width * size.height) / scale ** 2
  const of = (name: keyof DenoiserCost): number => numberIn(cost, name) ?? 0
  const counts = { flopsOnce: of('flopsOnce'), flopsPerCell: of('flopsPerCell'), flopsPerPair: of('flopsPerPair') }
  return {
    flops: size.batch * flopsOf(counts, cells),
    bytes: runtimeShare * size.batch * of('bytesPerCell') * cells,
  }
}

/** Sampling that needs more memory than is free: a warning with the numbers, for others may give theirs back. */
export function findTooLargeToSample(model: Traits, latents: Traits, free: number): Warning[] {
  const [size, cost] = [sizeInTraits(model, latents), sampleCost(model, latents)]
  if (!size || !cost || cost.bytes <= free) return []
  const { width, height, batch } = size
  const weights = isTraits(model?.['cost']) ? (numberIn(model['cost'], 'weightBytes') ?? 0) : 0
  const isOne = batch === 1
  return [
    warning(
      `Sampling ${isOne ? 'a picture' : `${batch} pictures`} of ${width} × ${height} px needs about ${gigabytes(cost.bytes)} of memory beside the model's ${gigabytes(weights)}, but ${gigabytes(free)} are free (a step is ${rounded(cost.flops / 1e12)} TFLOP): ${isOne ? 'sample smaller and enlarge the result' : 'sample fewer at once'}.`,
    ),
  ]
}

/** Bytes of memory that decoding one picture at once takes; undefined where its size is not known. */
export function decodeBytes(vae: Traits, latents: Traits): number | undefined {
  const size = sizeInTraits(undefined, latents)
  const perPixel = numberIn(vae, 'decodeBytesPerPixel')
  return size && perPixel !== undefined ? runtimeShare * perPixel * size.width * size.height : undefined
}

/**
 * Decoding a picture that needs more memory than is free: a warning with the numbers. Pictures of a batch are decoded
 * one by one.
 */
export function findTooLargeToDecode(vae: Traits, latents: Traits, free: number): Warning[] {
  const size = sizeInTraits(undefined, latents)
  const bytes = decodeBytes(vae, latents)
  if (!size || bytes === undefined || bytes <= free) return []
  return [
    warning(
      `Decoding ${size.width} × ${size.height} px at once needs about ${gigabytes(bytes)} of memory, but ${gigabytes(free)} are free: use VAEDecodeTiled, whose tiles need a small part of it.`,
    ),
  ]
}

/** Bytes that models may take on the device of a host; infinite where the device does not tell. */
export function freeMemoryOf({ device }: Pick<Services, 'device'>): number {
  return device.provider === undefined || device.provider === 'cpu' ? freeMemory() : Infinity
}

const warning = (message: string): Warning => ({ input: 'latents', severity: 'warning', message })
const rounded = (value: number): number => Number(value.toPrecision(2))
const gigabytes = (bytes: number): string => `${rounded(bytes / 1e9)} GB`
const isTraits = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const numberIn = (traits: Traits, name: string): number | undefined => {
  const value = traits?.[name]
  return typeof value === 'number' ? value : undefined
}
