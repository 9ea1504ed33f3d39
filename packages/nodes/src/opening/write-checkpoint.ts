import { mkdirSync, rmSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createWeightSource, weightOf, writeSafetensors, type Tensor, type WeightSource } from '@patchbay/onnx'
import { autoencoderKLJson } from '../architectures/autoencoder-kl/config.ts'
import { clipTextJson } from '../architectures/clip-text/config.ts'
import { decoderLmJson } from '../architectures/decoder-lm/config.ts'
import { architectureOf, networkOf } from '../architectures/denoiser-part.ts'
import { t5EncoderJson } from '../architectures/t5-encoder/config.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import { bundledSentenceEncoderWeights, sentenceEncoderPackage } from '../networks/sentence-encoder.ts'

/** How noise was added, in the words of diffusers' schedulers. */
export type SavedPrediction = 'epsilon' | 'v' | 'flow'

/** A checkpoint to be written: as opened, with its process by name. */
export interface WrittenCheckpoint extends Pick<Checkpoint, 'denoiser' | 'autoencoder' | 'textEncoders'> {
  readonly prediction: SavedPrediction
  /** JSON that says how it was made; kept in the folder and inside the denoiser's weights. */
  readonly recipe: string
}

/** The file that tells a folder which was trained here from one of the user's own. */
export const recipeFile = 'training.json'

/** Tensors as a weight source, to be written or run. */
export const weightsOf = (tensors: Readonly<Record<string, Tensor>>, title?: string): WeightSource =>
  createWeightSource(
    Object.entries(tensors).map(([name, tensor]) => weightOf(name, tensor)),
    title === undefined ? {} : { title },
  )

/**
 * Writes a checkpoint as a diffusers folder (`unet/` or the folder of its architecture, `vae/`, `text_encoder/`,
 * `scheduler/`), weights in half precision. A folder of that name is replaced once the new one is whole.
 */
export function writeCheckpointFolder(path: string, checkpoint: WrittenCheckpoint): void {
  const { denoiser, autoencoder, textEncoders, prediction, recipe } = checkpoint
  const folder = `${path}.partial-${process.pid}`
  rmSync(folder, { recursive: true, force: true })
  const json = (file: string, value: unknown): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${JSON.stringify(value, undefined, 2)}\n`)
  }
  const weights = (file: string, source: WeightSource): void =>
    writeSafetensors(join(folder, file), source, { metadata: { format: 'pt', recipe }, floatType: 'float16' })
  const network = networkOf(denoiser)
  const architecture = architectureOf(denoiser)
  json(`${architecture.folder}/config.json`, network.json)
  weights(`${architecture.folder}/diffusion_pytorch_model.safetensors`, denoiser.weights)
  if (autoencoder) {
    json('vae/config.json', autoencoderKLJson(autoencoder.config))
    weights('vae/diffusion_pytorch_model.safetensors', autoencoder.weights)
  }
  for (const [index, encoder] of textEncoders.entries()) {
    const name = index === 0 ? 'text_encoder' : `text_encoder_${index + 1}`
    json(`${name}/config.json`, textEncoderJson(encoder))
    if (!isBundled(encoder)) weights(`${name}/model.safetensors`, encoder.weights)
  }
  json('scheduler/scheduler_config.json', schedulerJson(prediction))
  writeFileSync(join(folder, recipeFile), recipe)
  json('model_index.json', {
    _class_name: network.pipeline,
    [architecture.folder]: ['diffusers', architecture.className],
    ...(autoencoder && { vae: ['diffusers', 'AutoencoderKL'] }),
    scheduler: ['diffusers', prediction === 'flow' ? 'FlowMatchEulerDiscreteScheduler' : 'DDIMScheduler'],
  })
  rmSync(path, { recursive: true, force: true })
  renameSync(folder, path)
}

const isBundled = (encoder: TextEncoderPart): boolean =>
  encoder.kind === 'sentence-encoder' && encoder.weights.title === bundledSentenceEncoderWeights().title

function textEncoderJson(encoder: TextEncoderPart): object {
  switch (encoder.kind) {
    case 'clip':
      return { ...clipTextJson(encoder.config), pad_token_id: encoder.padToken }
    case 't5':
      return t5EncoderJson(encoder.config)
    case 'decoder-lm':
      return decoderLmJson(encoder.config)
    case 'sentence-encoder':
      return {
        architectures: ['UniversalSentenceEncoderLite'],
        max_position_embeddings: encoder.maxTokens,
        do_lower_case: encoder.lowerCase,
        ...(isBundled(encoder) && { weights: `npm:${sentenceEncoderPackage}` }),
      }
  }
}

function schedulerJson(prediction: SavedPrediction): object {
  if (prediction === 'flow')
    return { _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1000, shift: 1 }
  return {
    _class_name: 'DDIMScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    prediction_type: prediction === 'v' ? 'v_prediction' : 'epsilon',
    clip_sample: false,
    set_alpha_to_one: false,
    steps_offset: 1,
  }
}
