import type { LoraModelNames, LoraTarget } from './lora-targets.ts'

/**
 * The first LoRA files of Stable Diffusion number their layers in the order in which PyTorch walked the modules of that time:
 * down blocks, up blocks, then the middle one; in each transformer block self-attention, GEGLU, cross-attention.
 */
export function enumeratedLoraTargets({ unet, textEncoders }: LoraModelNames): ReadonlyMap<string, LoraTarget> {
  const unetLayers = transformerBlocksOf(unet).flatMap((block) => [
    ...attentionLayers(`${block}.attn1`),
    `${block}.ff.net.0.proj`,
    ...attentionLayers(`${block}.attn2`),
  ])
  const textLayers = (textEncoders[0] ?? [])
    .filter((name) => name.endsWith('.self_attn.k_proj.weight'))
    .map((name) => name.slice(0, -'.k_proj.weight'.length))
    .sort(naturally)
    .flatMap((attention) => ['k_proj', 'v_proj', 'q_proj', 'out_proj'].map((part) => `${attention}.${part}`))
  return new Map<string, LoraTarget>([
    ...unetLayers.map((layer, index) => [`unet:${index}`, { part: 'unet', weight: `${layer}.weight` }] as const),
    ...textLayers.map(
      (layer, index) => [`text_encoder:${index}`, { part: 'textEncoder', weight: `${layer}.weight` }] as const,
    ),
  ])
}

const blockOrder = ['down_blocks', 'up_blocks', 'mid_block']

function transformerBlocksOf(names: readonly string[]): readonly string[] {
  const ending = '.attn1.to_q.weight'
  const rank = (name: string): number => blockOrder.findIndex((block) => name.startsWith(block))
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort((a, b) => rank(a) - rank(b) || naturally(a, b))
}

const attentionLayers = (attention: string): readonly string[] =>
  ['to_q', 'to_k', 'to_v', 'to_out.0'].map((part) => `${attention}.${part}`)

const collator = new Intl.Collator('en', { numeric: true })
const naturally = (a: string, b: string): number => collator.compare(a, b)
