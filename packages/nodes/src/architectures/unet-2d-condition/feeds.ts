import { numberAt } from '@patchbay/onnx/tensor'
import { float32, type Feeds, type Tensor } from '@patchbay/onnx'
import { reshape } from '../../tensor/index.ts'
import type { NetworkConditioning } from '../kinds/denoiser.ts'
import { expandBatch, repeated } from '../kinds/expand-batch.ts'
import { pooledSizeOf, sizeCountOf, type AddedConditions, type UNet2DConditionConfig } from './config.ts'

/** Values for `unetInputs` of free sizes. */
export function unetFeeds(
  { addition, guidanceEmbeddingSize: guidanceWidth }: UNet2DConditionConfig,
  sample: Tensor,
  timestep: number,
  conditioning: NetworkConditioning,
): Feeds {
  const batch = sample.shape[0] ?? 1
  const text = expandBatch(conditioning.embeddings, batch)
  return {
    sample,
    timestep: float32([batch], new Float32Array(batch).fill(timestep)),
    text,
    ...(addition && additionFeeds(addition, batch, conditioning)),
    ...(guidanceWidth !== undefined && {
      guidance: float32(
        [batch, guidanceWidth],
        repeated(guidanceWaves(conditioning.guidanceScale ?? 7.5, guidanceWidth), batch),
      ),
    }),
    ...residualFeeds(conditioning.residuals ?? []),
    ...addedFeeds(conditioning.added ?? {}, batch),
  }
}

function additionFeeds(addition: AddedConditions, batch: number, { pooled, sizes }: NetworkConditioning): Feeds {
  if (!pooled || !sizes)
    throw new TypeError('This model needs pooled text and sizes: encode the text with its own text encoders')
  const text = expandBatch(pooled, batch)
  const numbers = Float32Array.from({ length: sizeCountOf(addition) }, (_, index) => numberAt(sizes, index))
  return {
    pooled: reshape(text, [batch, pooledSizeOf(addition)]),
    sizes: float32([batch, numbers.length], repeated(numbers, batch)),
  }
}

function addedFeeds(added: Readonly<Record<string, Tensor>>, batch: number): Feeds {
  const entries = Object.entries(added)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.shape.length === 0 ? value : expandBatch(value, batch)]),
  )
}

function residualFeeds(residuals: readonly Tensor[]): Feeds {
  const name = (index: number): string => (index === residuals.length - 1 ? 'middle' : String(index))
  return Object.fromEntries(residuals.map((residual, index) => [`residual.${name(index)}`, residual]))
}

/** Sinusoids of 1000 · (scale − 1), as distilled models take the guidance scale (Luo et al. 2023). */
function guidanceWaves(scale: number, width: number): Float32Array {
  const half = width / 2
  const angle = (index: number): number =>
    1000 * (scale - 1) * Math.exp((-Math.log(10000) * (index % half)) / (half - 1))
  return Float32Array.from({ length: width }, (_, index) =>
    index < half ? Math.sin(angle(index)) : Math.cos(angle(index)),
  )
}
