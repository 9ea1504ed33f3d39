/** Which model of a checkpoint an update belongs to. */
export type LoraPart = 'denoiser' | 'textEncoder' | 'textEncoder2'

/** Weight names of the models a LoRA may change, under diffusers' and transformers' names. */
export interface LoraModelNames {
  readonly denoiser: DenoiserLayers
  readonly textEncoders: readonly (readonly string[])[]
}

/** Names of a denoiser's weights, and what its architecture knows of other names for its layers. */
export interface DenoiserLayers {
  readonly weights: readonly string[]
  /** Other names that files give a layer, such as those of the original code. */
  loraAliases(layer: string): readonly string[]
  /** The layers in the order in which files without names number them. */
  numberedLayers(weights: readonly string[]): readonly string[]
}

export interface LoraTarget {
  readonly part: LoraPart
  readonly weight: string
}

const textParts: readonly { readonly part: LoraPart; readonly prefixes: readonly string[] }[] = [
  { part: 'textEncoder', prefixes: ['lora_te_', 'lora_te1_', 'text_encoder_', 'te_'] },
  { part: 'textEncoder2', prefixes: ['lora_te2_', 'text_encoder_2_'] },
]
const denoiserPrefixes: readonly string[] = [
  'lora_unet_',
  'lycoris_',
  'unet_',
  'diffusion_model_',
  'base_model_model_',
  'base_model_model_unet_',
  '',
]

/**
 * Finds the weight that a LoRA's layer name means, whatever its naming. Dots and underscores are the same, since
 * kohya's files join both.
 */
export class LoraTargets {
  readonly #byFlatName = new Map<string, LoraTarget>()

  constructor({ denoiser, textEncoders }: LoraModelNames) {
    for (const weight of denoiser.weights) {
      const layer = layerOf(weight)
      if (layer === undefined) continue
      for (const name of [layer, ...denoiser.loraAliases(layer)]) {
        for (const prefix of denoiserPrefixes) this.#byFlatName.set(prefix + flat(name), { part: 'denoiser', weight })
      }
    }
    for (const [index, names] of textEncoders.entries()) {
      const { part, prefixes } = textParts[index] ?? { part: 'textEncoder' as const, prefixes: [] }
      for (const weight of names) {
        const layer = layerOf(weight)
        if (layer === undefined) continue
        for (const prefix of prefixes) this.#byFlatName.set(prefix + flat(layer), { part, weight })
      }
    }
  }

  /** `base` is a name in the file without its factor's ending. */
  find(base: string): LoraTarget | undefined {
    // diffusers' first form names the factor after the attention's processor: `attn1.processor.to_q_lora.down`.
    const plain = flat(base.replace('.processor.', '.'))
    return this.#byFlatName.get(plain) ?? this.#byFlatName.get(`${plain}_0`)
  }
}

const layerOf = (weight: string): string | undefined =>
  weight.endsWith('.weight') ? weight.slice(0, -'.weight'.length) : undefined

const flat = (name: string): string => name.replaceAll('.', '_')
