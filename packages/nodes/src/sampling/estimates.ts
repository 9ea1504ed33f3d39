import type { Estimate, JsonObject } from '@patchbay/engine'
import { zeros } from '@patchbay/onnx/tensor'
import { sample, samplers, type SamplerName } from '../diffusion/index.ts'
import { createStepNoise } from '../random/index.ts'
import { spatialPairs } from '../maths/attention-pairs.ts'
import type { Services } from '../host/services.ts'
import { decodeBytes, sampleCost, sizeInTraits } from './memory-checks.ts'

type Traits = JsonObject | undefined
type Host = Pick<Services, 'sessions'>

/** The most steps that are walked through to count calls of the model; longer runs go on at the same pace. */
const counted = 40

/** How often a sampler asks the model in a run of so many steps: found by running it on a single number. */
export async function callsOf(sampler: SamplerName, steps: number): Promise<number> {
  const walked = Math.min(steps, counted)
  const sigmas = Array.from({ length: walked + 1 }, (_, i) => (i === walked ? 0 : 10 * 0.001 ** (i / walked)))
  let calls = 0
  const x = zeros('float32', [1, 1, 1, 1])
  const denoise = (): Promise<typeof x> => {
    calls++
    return Promise.resolve(x)
  }
  const noise = createStepNoise({ seed: 0, generator: 'philox', shape: x.shape })
  await sample({ sampler: samplers[sampler], denoise, x, sigmas, noise })
  return (calls * steps) / Math.max(1, walked)
}

/** What a run of a sampler takes: all calls of the model, and the memory of one beside the weights. */
export async function estimateSampling(
  { model, latents }: { readonly model: Traits; readonly latents: Traits },
  { sampler, steps, isGuided }: { readonly sampler: SamplerName; readonly steps: number; readonly isGuided: boolean },
  { sessions }: Host,
): Promise<Estimate | undefined> {
  const once = sampleCost(model, latents)
  if (!once) return undefined
  const atOnce = isGuided ? 2 : 1
  const flops = once.flops * atOnce * (await callsOf(sampler, steps))
  const kind = model?.['workKind']
  const rate = typeof kind === 'string' ? sessions.calibration?.rateOf(kind) : undefined
  const attention = attentionOfCall(model, latents, atOnce)
  return {
    flops,
    bytes: once.bytes * atOnce,
    ...(rate !== undefined && { seconds: flops / rate }),
    ...(attention && { attention }),
  }
}

/** What attention within pictures compares in one call of a model whose layers are known by level. */
function attentionOfCall(model: Traits, latents: Traits, atOnce: number): Estimate['attention'] {
  const size = sizeInTraits(model, latents)
  const [layers, scale, cost] = [model?.['selfAttention'], model?.['latentScale'], model?.['cost']]
  if (!size || !Array.isArray(layers) || typeof scale !== 'number') return undefined
  const cells = {
    height: Math.max(1, Math.floor(size.height / scale)),
    width: Math.max(1, Math.floor(size.width / scale)),
  }
  const pairs = Number(BigInt(size.batch * atOnce) * spatialPairs(layers.map(Number), cells))
  const perPair = typeof cost === 'object' && cost !== null && 'flopsPerPair' in cost ? Number(cost.flopsPerPair) : 0
  const flops = size.batch * atOnce * perPair * (cells.height * cells.width) ** 2
  return pairs > 0 && Number.isSafeInteger(pairs) ? [{ kind: 'spatial', pairs, flops }] : undefined
}

/** What decoding takes, by its pixels. */
export function estimateDecoding(vae: Traits, latents: Traits, { sessions }: Host): Estimate | undefined {
  const size = sizeInTraits(undefined, latents)
  const bytes = decodeBytes(vae, latents)
  if (!size || bytes === undefined) return undefined
  const kind = vae?.['workKind']
  const rate = typeof kind === 'string' ? sessions.calibration?.rateOf(kind) : undefined
  const pixels = size.batch * size.width * size.height
  return { bytes, ...(rate !== undefined && { seconds: pixels / rate }) }
}
