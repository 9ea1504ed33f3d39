import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWeightSource, float32, weightOf, writeSafetensors } from '@patchbay/onnx'
import { referenceModel, weightValues } from './reference-models.ts'

const widened = { 'cls_embedding.uncond_embedding': [4, 512], 'cls_embedding.cap_proj.fc1.weight': [24, 512] } as const

/**
 * Writes small networks of random weights under `models`: `image_tokenizers/tiny` (40 codes),
 * `image_tokenizers/small-book` (17 codes), `token_models/one-by-one` and `token_models/masked`, which read the
 * bundled sentence encoder and draw 3 × 3 and 4 × 4 codes of `small-book`.
 */
export function writeTinyTokenModels(models: string): void {
  const vq = referenceModel('vq-model', 'token-models')
  writeTokenizer(join(models, 'image_tokenizers/tiny'), vq.weights, vq.config)
  const book = { ...vq.weights, 'quantize.embedding.weight': [17, 3] }
  writeTokenizer(join(models, 'image_tokenizers/small-book'), book, { ...Object(vq.config), num_vq_embeddings: 17 })
  const llama = referenceModel('llamagen', 'token-models')
  const oneByOne = { ...Object(llama.config), caption_dim: 512, image_tokenizer: bookFile }
  write(join(models, 'token_models/one-by-one'), 'model', { ...llama.weights, ...widened }, oneByOne)
  const uvit = referenceModel('uvit', 'token-models')
  const wide = {
    ...uvit.weights,
    'encoder_proj.weight': [24, 512],
    'cond_embed.linear_1.weight': [24, 552],
  }
  const masked = join(models, 'token_models/masked')
  const config = { ...Object(uvit.config), _class_name: 'UVit2DModel', encoder_hidden_size: 512, cond_embed_dim: 512 }
  write(join(masked, 'transformer'), 'diffusion_pytorch_model', wide, config)
  writeJson(join(masked, 'model_index.json'), { _class_name: 'AmusedPipeline' })
  mkdirSync(join(masked, 'scheduler'), { recursive: true })
  writeJson(join(masked, 'scheduler/scheduler_config.json'), { mask_token_id: 23, masking_schedule: 'cosine' })
  writeJson(join(masked, 'patchbay.json'), { image_tokenizer: bookFile })
}

const bookFile = 'small-book/diffusion_pytorch_model.safetensors'

const writeTokenizer = (folder: string, weights: Shapes, config: unknown): void =>
  write(folder, 'diffusion_pytorch_model', weights, config)

type Shapes = ReturnType<typeof referenceModel>['weights']

function write(folder: string, stem: string, weights: Shapes, config: unknown): void {
  mkdirSync(folder, { recursive: true })
  const source = createWeightSource(
    Object.entries(weights).map(([name, shape]) => weightOf(name, float32(shape, weightValues(name, shape)))),
  )
  writeSafetensors(join(folder, `${stem}.safetensors`), source, {})
  writeJson(join(folder, 'config.json'), config)
}

const writeJson = (path: string, json: unknown): void => {
  writeFileSync(path, JSON.stringify(json))
}
