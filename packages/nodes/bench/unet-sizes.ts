import {
  parseUNet2DConditionConfig,
  type UNet2DConditionConfig,
} from '../src/architectures/unet-2d-condition/config.ts'

/** UNets of published sizes, by name. */
export const unetSizes = {
  /** Stable Diffusion 1.5: 859,520,964 parameters. */
  sd15: parseUNet2DConditionConfig({
    block_out_channels: [320, 640, 1280, 1280],
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    attention_head_dim: 8,
    cross_attention_dim: 768,
  }),
  /** SDXL: 2,567,463,684 parameters. */
  sdxl: parseUNet2DConditionConfig({
    block_out_channels: [320, 640, 1280],
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
    attention_head_dim: [5, 10, 20],
    transformer_layers_per_block: [1, 2, 10],
    cross_attention_dim: 2048,
    use_linear_projection: true,
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 256,
    projection_class_embeddings_input_dim: 2816,
  }),
} satisfies Record<string, UNet2DConditionConfig>

export type UNetSize = keyof typeof unetSizes
