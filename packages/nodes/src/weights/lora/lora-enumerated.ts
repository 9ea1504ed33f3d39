import type { LoraModelNames, LoraTarget } from './lora-targets.ts'

/**
 * The first LoRA files number their layers in the order in which PyTorch walked the modules of that time:
 * `unet:12:up`.
 */
export function enumeratedLoraTargets({ denoiser, textEncoders }: LoraModelNames): ReadonlyMap<string, LoraTarget> {
  const textLayers = (textEncoders[0] ?? [])
    .filter((name) => name.endsWith('.self_attn.k_proj.weight'))
    .map((name) => name.slice(0, -'.k_proj.weight'.length))
    .sort((a, b) => collator.compare(a, b))
    .flatMap((attention) => ['k_proj', 'v_proj', 'q_proj', 'out_proj'].map((part) => `${attention}.${part}`))
  const targets = (prefix: string, part: LoraTarget['part'], layers: readonly string[]) =>
    layers.map((layer, index) => [`${prefix}:${index}`, { part, weight: `${layer}.weight` }] as const)
  return new Map<string, LoraTarget>([
    ...targets('unet', 'denoiser', denoiser.numberedLayers(denoiser.weights)),
    ...targets('text_encoder', 'textEncoder', textLayers),
  ])
}

const collator = new Intl.Collator('en', { numeric: true })
