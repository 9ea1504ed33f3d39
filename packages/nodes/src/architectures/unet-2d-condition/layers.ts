import type { UNet2DConditionConfig } from './config.ts'
import { ldmNameOf } from './ldm-names.ts'

/** The original code's name of a layer, which kohya's files use. */
export function loraAliases(
  { layersPerBlock, upAttention }: Pick<UNet2DConditionConfig, 'layersPerBlock' | 'upAttention'>,
  layer: string,
): readonly string[] {
  const name = ldmNameOf(layer, layersPerBlock[0] ?? 2, upAttention)
  return name === undefined ? [] : [name]
}

/**
 * The first LoRA files of Stable Diffusion number their layers in the order in which PyTorch walked the modules of
 * that time: down blocks, up blocks, then the middle one; in each transformer block self-attention, GEGLU,
 * cross-attention.
 */
export function numberedLayers(weights: readonly string[]): readonly string[] {
  return transformerBlocksOf(weights).flatMap((block) => [
    ...attentionLayers(`${block}.attn1`),
    `${block}.ff.net.0.proj`,
    ...attentionLayers(`${block}.attn2`),
  ])
}

const blockOrder = ['down_blocks', 'up_blocks', 'mid_block']

function transformerBlocksOf(names: readonly string[]): readonly string[] {
  const ending = '.attn1.to_q.weight'
  const rank = (name: string): number => blockOrder.findIndex((block) => name.startsWith(block))
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort((a, b) => rank(a) - rank(b) || collator.compare(a, b))
}

const attentionLayers = (attention: string): readonly string[] =>
  ['to_q', 'to_k', 'to_v', 'to_out.0'].map((part) => `${attention}.${part}`)

const collator = new Intl.Collator('en', { numeric: true })

const attention = /\.attn[12]\.to_(q|k|v|out\.0)$/
const feedForward = /\.(ff\.net\.(0\.proj|2)|proj_in|proj_out)$/

export function layerKind(layer: string): 'attention' | 'feed-forward' | undefined {
  if (attention.test(layer)) return 'attention'
  return feedForward.test(layer) ? 'feed-forward' : undefined
}

/** Embeddings of time and the first convolution go with the input, the last norm and convolution with the output. */
export function sectionOf(weight: string): 'input' | 'middle' | 'output' {
  if (weight.startsWith('mid_block.')) return 'middle'
  return /^(up_blocks|conv_norm_out|conv_out)\./.test(weight) ? 'output' : 'input'
}
