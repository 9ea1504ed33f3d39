import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createWeightSource, float32, serializeSafetensors, weightOf } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { singleFile, tinyCheckpoint, writeDiffusersFolder } from '../../testing/tiny-checkpoint.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { loadClipVision } from './load-clip-vision.ts'
import { loadControlNet } from './load-control-net.ts'
import { loadDiffusionModelNode } from './load-diffusion-model.ts'
import { loadLora } from './load-lora.ts'
import { loadTextEncoder } from './load-text-encoder.ts'
import { loadUpscaler } from './load-upscaler.ts'
import { loadVae } from './load-vae.ts'

const loaders = {
  LoadCheckpoint: [loadCheckpoint, 'checkpoint'],
  LoadVAE: [loadVae, 'vae'],
  LoadControlNet: [loadControlNet, 'controlNet'],
  LoadUpscaler: [loadUpscaler, 'upscaler'],
  LoadLora: [loadLora, 'lora'],
  LoadDiffusionModel: [loadDiffusionModelNode, 'model'],
  LoadTextEncoder: [loadTextEncoder, 'textEncoder'],
  LoadCLIPVision: [loadClipVision, 'clipVision'],
} as const
type Loader = keyof typeof loaders
const loaderNames = Object.keys(loaders) as readonly Loader[]

let place: string
let services: Services
let model: unknown
const kinds = 'checkpoints loras vae controlnet upscale_models diffusion_models text_encoders clip_vision'.split(' ')

const zeros = (shapes: Readonly<Record<string, readonly number[]>>) =>
  serializeSafetensors(
    createWeightSource(
      Object.entries(shapes).map(([name, shape]) =>
        weightOf(name, float32(shape, new Float32Array(shape.reduce((count, size) => count * size, 1)))),
      ),
    ),
  )
/** A file with a header for these weights, whatever their type, and nothing but zeros behind. */
function withHeader(weights: Readonly<Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>>) {
  const header = Buffer.from(JSON.stringify(weights))
  const end = Math.max(...Object.values(weights).map((weight) => weight.data_offsets[1] ?? 0))
  const file = Buffer.alloc(8 + header.length + end)
  file.writeBigUInt64LE(BigInt(header.length))
  header.copy(file, 8)
  return file
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-every-wrong-file-'))
  const folder = join(place, 'models')
  mkdirSync(folder)
  const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content)
  const tiny = tinyCheckpoint()
  const whole = serializeSafetensors(singleFile(tiny))
  put('empty.safetensors', '')
  put('page.safetensors', '<!DOCTYPE html><html><body>Log in</body></html>')
  put('pointer.safetensors', 'version https://git-lfs.github.com/spec/v1\nsize 4265146304\n')
  put('short.safetensors', whole.subarray(0, whole.length - 100))
  put('shorter.safetensors', whole.subarray(0, 500))
  put('shortest.safetensors', whole.subarray(0, 5))
  put('small.gguf', 'GGUF\u0003\u0000\u0000\u0000and more')
  put('type.safetensors', withHeader({ a: { dtype: 'F6', shape: [1], data_offsets: [0, 1] } }))
  copyFileSync(
    resolve(import.meta.dirname, '../../../../onnx/fixtures/asks-for-more.pth'),
    join(folder, 'asks-for-more.pth'),
  )
  put('checkpoint.safetensors', whole)
  put('vae.safetensors', serializeSafetensors(tiny.vae))
  put('unet.safetensors', serializeSafetensors(tiny.unet))
  put('text.safetensors', serializeSafetensors(tiny.textEncoder))
  const layer = 'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k'
  put('lora.safetensors', zeros({ [`${layer}.lora_down.weight`]: [2, 2048], [`${layer}.lora_up.weight`]: [1280, 2] }))
  put('embedding.safetensors', zeros({ emb_params: [2, 768] }))
  put('control.safetensors', zeros({ 'control_model.input_blocks.0.0.weight': [4, 4, 3, 3] }))
  put('flux.safetensors', zeros({ 'double_blocks.0.img_attn.qkv.weight': [4, 4] }))
  writeDiffusersFolder(join(folder, 'partial'), tiny)
  rmSync(join(folder, 'partial/unet/diffusion_pytorch_model.safetensors'))
  mkdirSync(join(folder, 'nothing'))
  services = createLocalServices({
    folders: Object.fromEntries(kinds.map((kind) => [kind, [folder]])),
    output: join(place, 'output'),
  })
  const opened = await runNode(loadCheckpoint, { checkpoint: 'checkpoint.safetensors' }, { services })
  model = opened.outputs['model']
}, 240_000)
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

async function refusalOf(loader: Loader, file: string): Promise<string> {
  const [definition, input] = loaders[loader]
  try {
    await runNode(definition as Parameters<typeof runNode>[0], { model, [input]: file }, { services })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'is opened'
}

/** What is in a file, what a user is told of it by every loader, and the loaders that open it. */
const wrong: readonly (readonly [file: string, told: string, opening: readonly Loader[]])[] = [
  ['empty.safetensors', 'it looks like an empty file (was the download complete?)', []],
  ['page.safetensors', 'it looks like a web page (was the download a login page?)', []],
  ['pointer.safetensors', 'it looks like a Git LFS pointer, not the file itself: fetch it with git lfs pull', []],
  ['short.safetensors', 'after the header. Fetch it again.', []],
  ['shorter.safetensors', 'but the file has only 500. Fetch it again.', []],
  ['shortest.safetensors', 'it looks like a damaged .safetensors file (fetch it again)', []],
  ['small.gguf', 'small.gguf is damaged: its header counts', []],
  ['type.safetensors', 'weight "a" has type "F6"; known are F64, F32, F16, BF16', []],
  ['asks-for-more.pth', 'asks to call posix.system', []],
  [
    'checkpoint.safetensors',
    'it looks like a checkpoint (use LoadCheckpoint)',
    ['LoadCheckpoint', 'LoadVAE', 'LoadDiffusionModel', 'LoadTextEncoder'],
  ],
  ['vae.safetensors', 'it looks like an autoencoder alone (use LoadVAE)', ['LoadVAE']],
  ['unet.safetensors', 'it looks like a UNet alone (use LoadDiffusionModel)', ['LoadCheckpoint', 'LoadDiffusionModel']],
  ['text.safetensors', 'it looks like a text encoder alone (use LoadTextEncoder)', ['LoadTextEncoder']],
  ['lora.safetensors', 'it looks like a LoRA (use LoadLora)', ['LoadLora']],
  ['embedding.safetensors', 'a textual-inversion embedding (put it into models/embeddings)', []],
  ['control.safetensors', 'it looks like a ControlNet (use LoadControlNet)', ['LoadControlNet']],
  ['flux.safetensors', 'it looks like a transformer of SD 3 or Flux alone', []],
]

describe.each(wrong)('%s', (file, told, opening) => {
  test.each(loaderNames.filter((loader) => !opening.includes(loader)))(
    'is refused by %s in a sentence',
    async (loader) => {
      const refusal = await refusalOf(loader, file)
      expect(refusal).toContain(told)
      expect(refusal).toContain(file)
      expect(refusal).not.toContain(place)
    },
  )
})

test.each([
  ['LoadCheckpoint', 'partial', 'partial/unet has no weights: expected diffusion_pytorch_model.safetensors'],
  ['LoadCheckpoint', 'nothing', 'The folder nothing is no checkpoint: expected a model_index.json in it'],
  ['LoadVAE', 'partial', 'partial is a whole diffusers folder, not one part of it: choose it with LoadCheckpoint'],
  [
    'LoadTextEncoder',
    'nothing',
    'nothing has no weights: expected diffusion_pytorch_model.safetensors, model.safetensors',
  ],
  ['LoadLora', 'lora.safetensors', 'does not fit this unknown model: it reads text that is 2048 wide'],
  [
    'LoadControlNet',
    'control.safetensors',
    'it looks like a ControlNet that is not whole, or of a structure that is not known (fetch it again)',
  ],
] as const)('%s says of %s what is wrong with it', async (loader, file, told) => {
  expect(await refusalOf(loader, file)).toContain(told)
})

test('weights that were quantised to whole numbers are refused, not cast', async () => {
  const tiny = singleFile(tinyCheckpoint())
  let end = 0
  const weights = Object.fromEntries(
    tiny.names.map((name) => {
      const shape = [...(tiny.get(name)?.shape ?? [])]
      const begin = end
      end += shape.reduce((count, size) => count * size, 1)
      return [name, { dtype: 'I8', shape, data_offsets: [begin, end] }]
    }),
  )
  writeFileSync(join(place, 'models/integers.safetensors'), withHeader(weights))
  for (const loader of ['LoadCheckpoint', 'LoadVAE', 'LoadDiffusionModel'] as const) {
    expect(await refusalOf(loader, 'integers.safetensors')).toMatch(
      /integers\.safetensors holds quantised weights, which are not read: .+ is int8; expected float16, bfloat16 or float32/,
    )
  }
})
