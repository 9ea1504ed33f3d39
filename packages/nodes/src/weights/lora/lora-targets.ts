/** Which model of a checkpoint an update belongs to. */
export type LoraPart = 'denoiser' | 'textEncoder' | 'textEncoder2' | 'textEncoder3'

/** Weight names of the models a LoRA may change, under diffusers' and transformers' names. */
export interface LoraModelNames {
  readonly denoiser: DenoiserLayers
  readonly textEncoders: readonly (readonly string[])[]
}

/** Names of a denoiser's weights, and what its architecture knows of other names for its layers. */
export interface DenoiserLayers {
  readonly weights: readonly string[]
  /** Other names that files give a layer, such as those of the original code. */
  loraAliases(layer: string): readonly LoraAlias[]
  /** The layers in the order in which files without names number them. */
  numberedLayers(weights: readonly string[]): readonly string[]
}

/**
 * Another name of a layer; of a layer of which it is a part, where that holds several one under another: `rows` is the
 * stretch of the whole's outputs.
 */
export type LoraAlias = string | { readonly layer: string; readonly rows: RowRange }

/** Rows of a matrix: `count` from `begin`, of `whole`. */
export interface RowRange {
  readonly begin: number
  readonly count: number
  readonly whole: number
}

export interface LoraTarget {
  readonly part: LoraPart
  readonly weight: string
  /** The rows of a change that are this weight's, where the file changes several in one. */
  readonly rows?: RowRange
}

const textParts: readonly { readonly part: LoraPart; readonly prefixes: readonly string[] }[] = [
  {
    part: 'textEncoder',
    prefixes: [
      'lora_te_',
      'lora_te1_',
      'lycoris_',
      'oft_te_',
      'oft_te1_',
      'text_encoder_',
      'te_',
      'te1_',
      'base_model_model_',
      'base_model_model_text_encoder_',
      'text_encoders_clip_l_transformer_',
      '',
    ],
  },
  {
    part: 'textEncoder2',
    prefixes: ['lora_te2_', 'oft_te2_', 'text_encoder_2_', 'te2_', 'text_encoders_clip_g_transformer_'],
  },
  {
    part: 'textEncoder3',
    prefixes: ['lora_te3_', 'text_encoder_3_', 'te3_', 'text_encoders_t5xxl_transformer_'],
  },
]
const denoiserPrefixes: readonly string[] = [
  'lora_unet_',
  'lycoris_',
  'oft_unet_',
  'unet_',
  'transformer_',
  'lora_transformer_',
  'diffusion_model_',
  'model_diffusion_model_',
  'base_model_model_',
  'base_model_model_unet_',
  'unet_base_model_model_',
  '',
]

/** Whether a layer's name in a file is one of a text encoder's, whatever the model. */
export const isTextLayer = (base: string): boolean =>
  /^(lora_te\d?_|oft_te\d?_|te\d?_|text_encoder|(lycoris_|base_model\.model\.)?text_model[._])/.test(base)

/** A layer of a model. */
interface Layer {
  readonly part: LoraPart
  readonly name: string
  readonly weights: ReadonlySet<string>
  /** What of a change is for it, where files change several layers in one. */
  readonly rows?: RowRange
}

/**
 * Finds the layer that a LoRA's name means, whatever its naming. Dots and underscores are the same, since kohya's
 * files join both.
 */
export class LoraTargets {
  readonly #byFlatName = new Map<string, readonly Layer[]>()

  constructor({ denoiser, textEncoders }: LoraModelNames) {
    const own = new Set(denoiser.weights)
    for (const layer of layersOf(denoiser.weights)) {
      const found: Layer = { part: 'denoiser', name: layer, weights: own }
      for (const alias of [layer, ...denoiser.loraAliases(layer)]) this.#addDenoiserLayer(alias, found)
    }
    for (const [index, names] of textEncoders.entries()) {
      const { part, prefixes } = textParts[index] ?? { part: 'textEncoder' as const, prefixes: [] }
      const weights = new Set(names)
      for (const name of layersOf(names)) {
        for (const prefix of prefixes) this.#byFlatName.set(prefix + flat(name), [{ part, name, weights }])
      }
    }
  }

  /** Several layers may be parts of one that a file changes whole. */
  #addDenoiserLayer(alias: LoraAlias, layer: Layer): void {
    const [name, rows] = typeof alias === 'string' ? [alias, undefined] : [alias.layer, alias.rows]
    for (const prefix of denoiserPrefixes) {
      const key = prefix + flat(name)
      const others = rows ? (this.#byFlatName.get(key) ?? []) : []
      this.#byFlatName.set(key, [...others, rows ? { ...layer, rows } : layer])
    }
  }

  /**
   * The weights that a layer of a file changes: none where the model has no such layer, or the layer no bias. `base` is
   * its name without its factor's ending.
   */
  find(base: string, what: 'weight' | 'bias' = 'weight'): readonly LoraTarget[] {
    // diffusers' first form names the factor after the attention's processor: `attn1.processor.to_q_lora.down`.
    const plain = flat(base.replace('.processor.', '.'))
    const layers = this.#byFlatName.get(plain) ?? this.#byFlatName.get(`${plain}_0`) ?? []
    return layers.flatMap(({ part, name, weights, rows }) => {
      const weight = `${name}.${what}`
      return weights.has(weight) ? [{ part, weight, ...(rows && { rows }) }] : []
    })
  }
}

const layersOf = (weights: readonly string[]): readonly string[] =>
  weights.flatMap((weight) => (weight.endsWith('.weight') ? [weight.slice(0, -'.weight'.length)] : []))

const flat = (name: string): string => name.replaceAll('.', '_')
