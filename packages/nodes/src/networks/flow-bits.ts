import type { Tensor } from '@patchbay/onnx/tensor'
import { bitsPerDimension, flowDensity, natsOfLevels } from '../likelihood/index.ts'
import { philoxUniform, type Seed } from '../random/index.ts'
import { encodeByFlow, levelsForFlow, type FlowModel } from './flow-model.ts'
import type { Sessions } from './sessions.ts'

/** How likely one picture is under a flow. */
export interface FlowBits {
  /** log p of the picture scaled to a width of 1, in nats, averaged over draws of noise. */
  readonly logDensity: number
  /** −log₂ P of its 8-bit levels for each number, at most: that of the mean. */
  readonly bitsPerDimension: number
}

/**
 * How likely pictures of levels 0 to 255, [batch, channels, height, width], are under a flow, by the change of
 * variables, with noise in each level (Theis et al. 2016, section 3.1).
 */
export async function flowBits(
  sessions: Sessions,
  flow: FlowModel,
  levels: Tensor,
  { draws, seed, onPart }: { readonly draws: number; readonly seed: Seed; readonly onPart?: (done: number) => void },
): Promise<readonly FlowBits[]> {
  const [batch = 0, ...sizes] = levels.shape
  const dimensions = sizes.reduce((product, size) => product * size, 1)
  const sums = new Float64Array(batch)
  for (let draw = 0; draw < draws; draw++) {
    const noise = philoxUniform(seed, levels.shape, [draw, 0]).data
    const { latents, logDeterminants } = await encodeByFlow(sessions, flow, levelsForFlow(levels, noise), (done) =>
      onPart?.(draw * batch + done),
    )
    for (const [item, logDeterminant] of logDeterminants.entries()) {
      const own = latents.data.subarray(item * dimensions, (item + 1) * dimensions)
      sums[item] = (sums[item] ?? NaN) + flowDensity({ latents: own, logDeterminant }) / draws
    }
  }
  return Array.from(sums, (logDensity) => ({
    logDensity,
    bitsPerDimension: bitsPerDimension(natsOfLevels(logDensity, dimensions), dimensions),
  }))
}
