import { numberAt } from '@patchbay/onnx/tensor'
import type { UNet2DConditionConfig } from '../config.ts'

/**
 * The cross-attention layers of a UNet in the order in which IP-Adapter's files number them: those of the down blocks,
 * of the up blocks, then of the middle, whatever the order in which they run.
 */
export function crossAttentions(config: UNet2DConditionConfig): readonly string[] {
  const { layersPerBlock, transformerLayers, downAttention, upAttention, midAttention } = config
  const last = layersPerBlock.length - 1
  const block = (path: string, attentions: number, level: number): readonly string[] =>
    Array.from({ length: attentions }, (_, attention) =>
      Array.from(
        { length: transformerLayers[level] ?? 1 },
        (__, layer) => `${path}.attentions.${attention}.transformer_blocks.${layer}.attn2`,
      ),
    ).flat()
  return [
    ...downAttention.flatMap((has, index) =>
      has ? block(`down_blocks.${index}`, numberAt(layersPerBlock, index), index) : [],
    ),
    ...upAttention.flatMap((has, index) =>
      has ? block(`up_blocks.${index}`, numberAt(layersPerBlock, last - index) + 1, last - index) : [],
    ),
    ...(midAttention ? block('mid_block', 1, last) : []),
  ]
}
