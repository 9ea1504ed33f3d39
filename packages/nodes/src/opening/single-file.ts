import { readWeightAsFloat32, type WeightSource } from '@patchbay/onnx'
import { diffusionProcess, type NoiseProcess } from '../diffusion/process/noise-process.ts'
import {
  CheckpointError,
  familyOf,
  nativeSizeOf,
  type Checkpoint,
  type ClipTextEncoder,
  type ModelFamily,
} from '../families/checkpoint.ts'
import { checkpointPartsOf, type TextEncoderPart } from './checkpoint-parts.ts'
import { expectFloats } from '../weights/weight-file.ts'
import { detectAutoencoderConfig, detectClipTextConfig, detectUNetConfig } from './detect-config.ts'

/**
 * Opens a single-file checkpoint: Stable Diffusion 1, 2 or XL in the layout of the original code, whatever its variant.
 * Reads names, shapes and at most one small weight.
 * @throws CheckpointError that says what the file looks like, where it is no checkpoint
 */
export function openSingleFile(source: WeightSource): Checkpoint {
  const parts = checkpointPartsOf(source)
  const config = parts.unet && detectUNetConfig(parts.unet)
  if (!parts.unet || !config)
    throw new CheckpointError(
      `${source.title} is no checkpoint: it looks like ${looksLike(source, 'LoadCheckpoint')}; expected a UNet with its autoencoder and text encoder`,
    )
  for (const part of [parts.unet, parts.autoencoder]) expectFloats(source.title, part)
  const family = familyOf(config)
  const isXl = family === 'sdxl' || family === 'sdxl-refiner'
  const autoencoderConfig = parts.autoencoder && detectAutoencoderConfig(parts.autoencoder, isXl ? 0.13025 : 0.18215)
  const process = processOf(source, parts.unet, family)
  const nativeSize = nativeSizeOf(family, process)
  return {
    title: source.title,
    family,
    unet: { config, weights: parts.unet },
    ...(parts.autoencoder &&
      autoencoderConfig && { autoencoder: { config: autoencoderConfig, weights: parts.autoencoder } }),
    textEncoders: parts.textEncoders.flatMap((part) => textEncoderOf(part, isXl)),
    process,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

function textEncoderOf({ kind, weights }: TextEncoderPart, isXl: boolean): readonly ClipTextEncoder[] {
  const config = detectClipTextConfig(weights)
  if (!config) return []
  const openClip = kind === 'open-clip'
  return [
    {
      kind: 'clip',
      config,
      weights,
      layerFromEnd: openClip || isXl ? 2 : 1,
      finalNorm: !isXl,
      pooled: openClip && isXl,
      padToken: openClip ? 0 : config.endToken,
    },
  ]
}

/** What a checkpoint without configs was trained to predict: marked by some files, and by a known norm in Stable Diffusion 2's. */
export function processOf(source: WeightSource, unet: WeightSource, family: ModelFamily): NoiseProcess {
  const marked = source.get('v_pred') !== undefined
  const zeroTerminalSnr = source.get('ztsnr') !== undefined
  return diffusionProcess({
    predictionType: marked || (family === 'sd2' && isVelocity(unet)) ? 'v' : 'epsilon',
    zeroTerminalSnr,
  })
}

/** The v-prediction checkpoints of Stable Diffusion 2 (768 pixels) have wider biases in this norm than its epsilon ones (512). */
function isVelocity(unet: WeightSource): boolean {
  const name = 'up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias'
  if (!unet.get(name)) return false
  const bias = readWeightAsFloat32(unet, name)
  const mean = bias.reduce((sum, x) => sum + x, 0) / bias.length
  const variance = bias.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (bias.length - 1)
  return Math.sqrt(variance) > 0.09
}

const signs: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/\.(hada_w\d_[ab]|lokr_w\d)/, 'a LoRA of the kind LoHa or LoKr (use LoadLora)'],
  [/lora_(up|down|A|B)|\.lora\.|^lora_/, 'a LoRA (use LoadLora)'],
  [/^(control_model\.|controlnet_|zero_convs\.)/, 'a ControlNet (use LoadControlNet)'],
  [/^model\.diffusion_model\.input_blocks\./, 'a checkpoint (use LoadCheckpoint)'],
  [/^((diffusion_model\.)?input_blocks|down_blocks)\./, 'a UNet alone (use LoadDiffusionModel)'],
  [/^(first_stage_model\.)?(encoder|decoder)\.(down|up|conv_in|mid)/, 'an autoencoder alone (use LoadVAE)'],
  [/^(emb_params|string_to_param|\*|clip_[lg])/, 'a textual-inversion embedding (put it into models/embeddings)'],
  [/^(conv_first|body\.0|model\.0|RRDB_trunk)/, 'an upscaler (use LoadUpscaler)'],
  [/^(visual|vision_model)\./, "CLIP's image tower (use LoadCLIPVision)"],
  [/^(text_model|transformer\.resblocks|cond_stage_model)\./, 'a text encoder alone (use LoadTextEncoder)'],
  [
    /double_blocks\.|joint_blocks\.|transformer_blocks\.\d+\.attn\.add_/,
    'a transformer model (SD 3, FLUX), which is not supported yet',
  ],
]

/** What the names of a file's weights tell, in words, to somebody whom the node `loader` has refused it. */
export function looksLike(source: Pick<WeightSource, 'names'>, loader?: string): string {
  const found = signs.find(([sign]) => source.names.some((name) => sign.test(name)))
  if (found) {
    const [, meaning] = found
    const hint = ` (use ${loader ?? ''})`
    if (!meaning.endsWith(hint)) return meaning
    return `${meaning.slice(0, -hint.length)} that is not whole, or of a structure that is not known (fetch it again)`
  }
  const shown = source.names.slice(0, 3).join(', ')
  return source.names.length === 0
    ? 'a file without weights'
    : `something else (${source.names.length} weights: ${shown}, …)`
}
