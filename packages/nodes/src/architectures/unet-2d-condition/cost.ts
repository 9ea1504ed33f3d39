import { numberAt } from '@patchbay/onnx/tensor'
import type { DenoiserCost } from '../kinds/cost.ts'
import type { UNet2DConditionConfig } from './config.ts'

/** A prompt of one chunk. */
const tokens = 77
/** Values a place that a transformer block holds at its feed-forward layer, as a multiple of its channels. */
const transformerWidth = 18

/**
 * Counts convolutions, products and attention of UNet2DCondition (Rombach et al. 2022) from its config alone, in the
 * order in which it runs. The embedding of the timestep is left out: it is a thousandth.
 */
export function unetCost(config: UNet2DConditionConfig): DenoiserCost {
  const { blockOutChannels, layersPerBlock, inChannels, outChannels } = config
  let [flopsOnce, flopsPerCell, flopsPerPair, bytesPerCell, kept] = [0, 0, 0, 0, 0]
  /** Cells of a level, for each cell of the latents. */
  const share = (level: number): number => 4 ** -level
  const alive = (values: number, level: number): void => {
    bytesPerCell = Math.max(bytesPerCell, kept + 4 * values * share(level))
  }
  const product = (from: number, to: number, level: number, kernel = 1): void => {
    flopsPerCell += 2 * from * to * kernel * share(level)
  }
  const resnet = (from: number, to: number, level: number): void => {
    product(from, to, level, 9)
    product(to, to, level, 9)
    if (from !== to) product(from, to, level)
    alive(Math.max(2 * from + to, from + 2 * to, 3 * to), level)
  }
  const transformer = (channels: number, level: number): void => {
    product(channels, 2 * channels, level)
    for (let layer = 0; layer < (config.transformerLayers[level] ?? 1); layer++) {
      // to_q, to_k, to_v and to_out of itself; to_q and to_out of the text; the feed-forward layer, 8 wide in and 4
      // out.
      product(channels, (4 + 2 + 12) * channels, level)
      flopsPerPair += 4 * channels * share(level) ** 2
      product(2 * tokens, channels, level)
      flopsOnce += 4 * tokens * config.crossAttentionDim * channels
    }
    alive(transformerWidth * channels, level)
  }

  let channels = numberAt(blockOutChannels, 0)
  product(inChannels, channels, 0, 9)
  const skips: [channels: number, level: number][] = []
  const keep = (level: number): void => {
    skips.push([channels, level])
    kept += 4 * channels * share(level)
  }
  keep(0)
  const deepest = blockOutChannels.length - 1
  for (const [level, out] of blockOutChannels.entries()) {
    for (let layer = 0; layer < numberAt(layersPerBlock, level); layer++) {
      resnet(channels, out, level)
      channels = out
      if (config.downAttention[level]) transformer(out, level)
      keep(level)
    }
    if (level === deepest) continue
    product(out, out, level + 1, 9)
    keep(level + 1)
  }
  resnet(channels, channels, deepest)
  if (config.midAttention) transformer(channels, deepest)
  resnet(channels, channels, deepest)
  for (let level = deepest; level >= 0; level--) {
    const out = numberAt(blockOutChannels, level)
    for (let layer = 0; layer <= numberAt(layersPerBlock, level); layer++) {
      const [skip, skipLevel] = skips.pop() ?? [0, level]
      alive(2 * (channels + skip), level)
      kept -= 4 * skip * share(skipLevel)
      resnet(channels + skip, out, level)
      channels = out
      if (config.upAttention[deepest - level]) transformer(out, level)
    }
    if (level === 0) continue
    product(out, out, level - 1, 9)
    alive(2 * out, level - 1)
  }
  product(channels, outChannels, 0, 9)
  alive(3 * channels, 0)
  return { flopsOnce, flopsPerCell, flopsPerPair, bytesPerCell }
}

/** Layers of self-attention at each level, all transformer blocks together. */
export function selfAttentionLayers(config: UNet2DConditionConfig): readonly number[] {
  const { layersPerBlock, downAttention, upAttention, midAttention, transformerLayers } = config
  const deepest = layersPerBlock.length - 1
  return layersPerBlock.map((layers, level) => {
    const attentions =
      (downAttention[level] ? layers : 0) +
      (upAttention[deepest - level] ? layers + 1 : 0) +
      (midAttention && level === deepest ? 1 : 0)
    return attentions * (transformerLayers[level] ?? 1)
  })
}
