import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createWeightSource,
  float32,
  mergeWeights,
  weightOf,
  writeSafetensors,
  type WeightSource,
} from '@patchbay/onnx'
import { llamaGenJson } from '../architectures/llamagen/config.ts'
import { uvit2dJson } from '../architectures/uvit-2d/config.ts'
import { vqModelJson } from '../architectures/vq-model/config.ts'
import type { ImageTokenizer } from '../networks/tokens/image-tokenizer.ts'
import type { TokenModel } from '../networks/tokens/token-model.ts'
import { recipeFile, weightsOf } from '../opening/write-checkpoint.ts'
import type { NamedTensors } from './loop/training-state.ts'

/** Weights of an image tokenizer with the codebook that its levels are. */
export function withCodebook(parameters: NamedTensors, rows: Float32Array, width: number): WeightSource {
  const book = float32([rows.length / width, width], rows)
  return mergeWeights([weightsOf(parameters), createWeightSource([weightOf('quantize.embedding.weight', book)])])
}

/** Writes an image tokenizer as diffusers writes a VQModel. */
export function writeImageTokenizer(
  folder: string,
  { config, weights }: Pick<ImageTokenizer, 'config' | 'weights'>,
): void {
  writePart(folder, 'diffusion_pytorch_model', vqModelJson(config), weights)
}

/**
 * Writes a token model with its image tokenizer (`vqvae/`): LlamaGen's names beside a `config.json`, or a folder as
 * aMUSEd's.
 */
export function writeTokenModel(folder: string, model: TokenModel, tokenizer: ImageTokenizer, recipe: string): void {
  if (model.kind === 'one-by-one') {
    writePart(folder, 'model', llamaGenJson(model.config), model.weights)
  } else {
    writePart(join(folder, 'transformer'), 'diffusion_pytorch_model', uvit2dJson(model.config), model.weights)
    mkdirSync(join(folder, 'scheduler'), { recursive: true })
    const scheduler = {
      _class_name: 'AmusedScheduler',
      mask_token_id: model.maskToken,
      masking_schedule: model.schedule,
    }
    writeJson(join(folder, 'scheduler/scheduler_config.json'), scheduler)
    const parts = {
      _class_name: 'AmusedPipeline',
      scheduler: ['diffusers', 'AmusedScheduler'],
      transformer: ['diffusers', 'UVit2DModel'],
      vqvae: ['diffusers', 'VQModel'],
    }
    writeJson(join(folder, 'model_index.json'), parts)
  }
  writeImageTokenizer(join(folder, 'vqvae'), tokenizer)
  // Last: where it is, the rest is whole.
  writeFileSync(join(folder, recipeFile), recipe)
}

function writePart(folder: string, stem: string, config: object, weights: WeightSource): void {
  mkdirSync(folder, { recursive: true })
  writeJson(join(folder, 'config.json'), config)
  writeSafetensors(join(folder, `${stem}.safetensors`), weights, { metadata: { format: 'pt' }, floatType: 'float16' })
}

const writeJson = (path: string, json: object): void => {
  writeFileSync(path, `${JSON.stringify(json, undefined, 2)}\n`)
}
