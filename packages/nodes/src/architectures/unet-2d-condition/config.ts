import { ConfigError, configFields } from '../../weights/config-fields.ts'

/**
 * What shapes a UNet2DConditionModel (Rombach et al. 2022; SDXL: Podell et al. 2023), field by field as diffusers
 * reads it.
 */
export interface UNet2DConditionConfig {
  /** 4 for latents, 9 for inpainting (latents, mask, masked latents), 8 for instructions on images. */
  readonly inChannels: number
  readonly outChannels: number
  readonly blockOutChannels: readonly number[]
  /** Resnets in each down block; each up block has one more. */
  readonly layersPerBlock: readonly number[]
  readonly downAttention: readonly boolean[]
  readonly upAttention: readonly boolean[]
  readonly midAttention: boolean
  /** Transformer layers in each attention of a down block; up blocks take them in reverse. */
  readonly transformerLayers: readonly number[]
  /** Attention heads by down block. */
  readonly heads: readonly number[]
  readonly crossAttentionDim: number
  /** Whether `proj_in` and `proj_out` are linear layers (SD 2, SDXL) or 1×1 convolutions (SD 1). */
  readonly linearProjection: boolean
  readonly normGroups: number
  readonly normEps: number
  readonly flipSinToCos: boolean
  readonly frequencyShift: number
  /** SDXL's added conditions: pooled text and sizes, each size embedded with `timeEmbeddingSize` values. */
  readonly addition?: AddedConditions
  /** Width of the guidance-scale embedding of distilled models (LCM: Luo et al. 2023). */
  readonly guidanceEmbeddingSize?: number
}

export interface AddedConditions {
  readonly inputSize: number
  readonly timeEmbeddingSize: number
}

/**
 * Whether five numbers are added to the pooled text: two sizes, the crop and an aesthetic score, as SDXL's refiner
 * takes them. SDXL itself takes six. Only the refiner's number of inputs leaves five beside a pooled text of 1280
 * values (Podell et al. 2023, section 2.5).
 */
export function takesAestheticScore({ addition }: Pick<UNet2DConditionConfig, 'addition'>): boolean {
  return addition !== undefined && addition.inputSize - 5 * addition.timeEmbeddingSize === 1280
}

/** How many numbers are added to the pooled text. */
export const sizeCountOf = (addition: AddedConditions): number => (takesAestheticScore({ addition }) ? 5 : 6)

/** Width of the pooled text. */
export const pooledSizeOf = (addition: AddedConditions): number =>
  addition.inputSize - sizeCountOf(addition) * addition.timeEmbeddingSize

/** Latents that the middle block sees as one, along a side: sizes that are multiples of it halve evenly. */
export function coarsestCell({ blockOutChannels }: Pick<UNet2DConditionConfig, 'blockOutChannels'>): number {
  return 2 ** (blockOutChannels.length - 1)
}

const downBlocks: ReadonlyMap<string, boolean> = new Map([
  ['CrossAttnDownBlock2D', true],
  ['DownBlock2D', false],
])
const upBlocks: ReadonlyMap<string, boolean> = new Map([
  ['CrossAttnUpBlock2D', true],
  ['UpBlock2D', false],
])

/**
 * Reads diffusers' `unet/config.json`.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseUNet2DConditionConfig(json: unknown, title = 'unet/config.json'): UNet2DConditionConfig {
  const fields = configFields(title, json)
  const blockOutChannels = fields.list('block_out_channels')
  const count = blockOutChannels.length
  const attention = (name: string, known: ReadonlyMap<string, boolean>): readonly boolean[] => {
    const types = fields.texts(name)
    if (types.length !== count) {
      throw new ConfigError(
        `${title}: expected "${name}" to name ${count} blocks, one for each channel count, got ${types.length}`,
      )
    }
    return types.map((type) => {
      const has = known.get(type)
      if (has === undefined) {
        throw new ConfigError(
          `${title}: "${name}" asks for "${type}"; supported are ${[...known.keys()].join(' and ')}`,
        )
      }
      return has
    })
  }
  const additionType = fields.text('addition_embed_type', '')
  if (additionType !== '' && additionType !== 'text_time') {
    throw new ConfigError(`${title}: "addition_embed_type" is "${additionType}"; supported is "text_time"`)
  }
  const midType = fields.text('mid_block_type', 'UNetMidBlock2DCrossAttn')
  if (midType !== 'UNetMidBlock2DCrossAttn' && midType !== 'UNetMidBlock2D') {
    throw new ConfigError(
      `${title}: "mid_block_type" is "${midType}"; supported are UNetMidBlock2DCrossAttn and UNetMidBlock2D`,
    )
  }
  return {
    inChannels: fields.number('in_channels', 4),
    outChannels: fields.number('out_channels', 4),
    blockOutChannels,
    layersPerBlock: fields.numbers('layers_per_block', count, 2),
    downAttention: attention('down_block_types', downBlocks),
    upAttention: attention('up_block_types', upBlocks),
    midAttention: midType === 'UNetMidBlock2DCrossAttn',
    transformerLayers: fields.numbers('transformer_layers_per_block', count, 1),
    // diffusers calls the number of heads "attention_head_dim" in every published config.
    heads: fields.numbers(fields.has('num_attention_heads') ? 'num_attention_heads' : 'attention_head_dim', count, 8),
    crossAttentionDim: fields.number('cross_attention_dim', 1280),
    linearProjection: fields.toggle('use_linear_projection', false),
    normGroups: fields.number('norm_num_groups', 32),
    normEps: fields.number('norm_eps', 1e-5),
    flipSinToCos: fields.toggle('flip_sin_to_cos', true),
    frequencyShift: fields.number('freq_shift', 0),
    ...(additionType === 'text_time' && {
      addition: {
        inputSize: fields.number('projection_class_embeddings_input_dim'),
        timeEmbeddingSize: fields.number('addition_time_embed_dim', 256),
      },
    }),
    ...(fields.has('time_cond_proj_dim') && { guidanceEmbeddingSize: fields.number('time_cond_proj_dim') }),
  }
}

/** The `unet/config.json` that `parseUNet2DConditionConfig` reads, as diffusers writes it. */
export const unet2DConditionJson = (config: UNet2DConditionConfig) => ({
  _class_name: 'UNet2DConditionModel',
  act_fn: 'silu',
  in_channels: config.inChannels,
  out_channels: config.outChannels,
  block_out_channels: config.blockOutChannels,
  layers_per_block: config.layersPerBlock,
  down_block_types: config.downAttention.map((has) => (has ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
  up_block_types: config.upAttention.map((has) => (has ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
  mid_block_type: config.midAttention ? 'UNetMidBlock2DCrossAttn' : 'UNetMidBlock2D',
  transformer_layers_per_block: config.transformerLayers,
  attention_head_dim: config.heads,
  cross_attention_dim: config.crossAttentionDim,
  use_linear_projection: config.linearProjection,
  norm_num_groups: config.normGroups,
  norm_eps: config.normEps,
  flip_sin_to_cos: config.flipSinToCos,
  freq_shift: config.frequencyShift,
  ...(config.addition && {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: config.addition.timeEmbeddingSize,
    projection_class_embeddings_input_dim: config.addition.inputSize,
  }),
  ...(config.guidanceEmbeddingSize !== undefined && { time_cond_proj_dim: config.guidanceEmbeddingSize }),
})
