import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, serializeSafetensors, weightOf } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { parseUNet2DConditionConfig } from '../../architectures/unet-2d-condition/config.ts'
import { openWeightFile } from '../../weights/weight-file.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { loadControlNet } from './load-control-net.ts'
import { loadLora } from './load-lora.ts'
import { loadUpscaler } from './load-upscaler.ts'
import { loadVae } from './load-vae.ts'

/** The first weights of files of each kind, under the names that they are known by. */
const files = {
  'checkpoint.safetensors': {
    'model.diffusion_model.input_blocks.0.0.weight': [4, 4, 3, 3],
    'first_stage_model.decoder.conv_out.weight': [3, 4],
  },
  'unet.safetensors': { 'down_blocks.0.resnets.0.conv1.weight': [4, 4, 3, 3] },
  'vae.safetensors': { 'decoder.mid.block_1.conv1.weight': [4, 4, 3, 3] },
  'lora.safetensors': {
    'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight': [2, 2048],
    'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight': [1280, 2],
  },
  'embedding.safetensors': { emb_params: [2, 768] },
  'control.safetensors': { 'control_model.input_blocks.0.0.weight': [4, 4, 3, 3] },
  'flux.safetensors': { 'double_blocks.0.img_attn.qkv.weight': [4, 4] },
} satisfies Record<string, Record<string, readonly number[]>>
const texts = {
  'page.safetensors': '<!DOCTYPE html><html><body>Log in</body></html>',
  'error.safetensors': '{"error":"Repository not found"}',
  'pointer.safetensors': 'version https://git-lfs.github.com/spec/v1\nsize 4265146304\n',
}
const weightsOf = (shapes: Readonly<Record<string, readonly number[]>>) =>
  createWeightSource(
    Object.entries(shapes).map(([name, shape]) =>
      weightOf(name, float32(shape, new Float32Array(shape.reduce((count, size) => count * size, 1)))),
    ),
  )

let place: string
let services: Services
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-wrong-files-'))
  const folder = join(place, 'models')
  mkdirSync(folder)
  for (const [name, shapes] of Object.entries(files)) {
    writeFileSync(join(folder, name), serializeSafetensors(weightsOf(shapes)))
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  const whole = serializeSafetensors(weightsOf(files['unet.safetensors']))
  writeFileSync(join(folder, 'short.safetensors'), whole.subarray(0, whole.length - 100))
  const kinds = ['checkpoints', 'loras', 'vae', 'controlnet', 'upscale_models', 'embeddings']
  const folders = Object.fromEntries(kinds.map((kind) => [kind, [folder]]))
  services = createLocalServices({ folders, output: place })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const sd1 = () => ({
  family: 'sd1',
  denoising: {
    key: 'sd1',
    updates: [],
    part: {
      architecture: 'unet-2d-condition',
      config: parseUNet2DConditionConfig({
        block_out_channels: [8],
        down_block_types: ['DownBlock2D'],
        up_block_types: ['UpBlock2D'],
        cross_attention_dim: 768,
      }),
      weights: weightsOf({ 'mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight': [1280, 768] }),
    },
  },
})
const loaders = {
  checkpoint: (name: string) => runNode(loadCheckpoint, { checkpoint: name }, { services }),
  vae: (name: string) => runNode(loadVae, { vae: name }, { services }),
  controlNet: (name: string) => runNode(loadControlNet, { controlNet: name }, { services }),
  upscaler: (name: string) => runNode(loadUpscaler, { upscaler: name }, { services }),
  lora: (name: string) => runNode(loadLora, { model: sd1(), lora: name }, { services }),
}

describe('a file that is not what it was taken for is refused with what it is', () => {
  test.each([
    ['checkpoint', 'lora.safetensors', 'is no checkpoint: it looks like a LoRA (use LoadLora)'],
    ['checkpoint', 'vae.safetensors', 'is no checkpoint: it looks like an autoencoder alone (use LoadVAE)'],
    ['checkpoint', 'control.safetensors', 'is no checkpoint: it looks like a ControlNet (use LoadControlNet)'],
    [
      'checkpoint',
      'embedding.safetensors',
      'it looks like a textual-inversion embedding (put it into models/embeddings)',
    ],
    ['checkpoint', 'flux.safetensors', 'it looks like a transformer of SD 3 or Flux alone (use LoadDiffusionModel)'],
    ['checkpoint', 'page.safetensors', 'it looks like a web page (was the download a login page?)'],
    ['checkpoint', 'error.safetensors', 'it looks like a text in JSON (was the download an error message?)'],
    ['checkpoint', 'pointer.safetensors', 'not the file itself: fetch it with git lfs pull'],
    ['checkpoint', 'short.safetensors', 'Fetch it again.'],
    ['vae', 'unet.safetensors', 'holds no VAE: it looks like a UNet alone'],
    ['controlNet', 'checkpoint.safetensors', 'is no ControlNet: it looks like a checkpoint (use LoadCheckpoint)'],
    ['upscaler', 'lora.safetensors', 'is no upscaler that is known'],
    ['lora', 'checkpoint.safetensors', 'is no LoRA: it looks like a checkpoint (use LoadCheckpoint)'],
    ['lora', 'lora.safetensors', "text that is 2048 wide, but the model's is 768. It was trained for SDXL."],
  ] as const)('by the loader of a %s: %s', async (loader, name, message) => {
    await expect(loaders[loader](name)).rejects.toThrow(message)
  })

  test('by the name of an embedding in a prompt', async () => {
    const encoder = { kind: 'clip', config: { hiddenSize: 64, maxTokens: 77 } }
    const textEncoder = { family: 'sd1', key: 'text', encoders: [encoder], updates: [] }
    const encode = (text: string) => runNode(textEncode, { textEncoder, text }, { services })
    await expect(encode('embedding:checkpoint')).rejects.toThrow('is no textual-inversion embedding')
    await expect(encode('embedding:embedding')).rejects.toThrow(
      "vectors of 768 values, but this text encoder's have 64",
    )
  })
})

test('a LoRA of another family is refused before anything runs', async () => {
  const findings = async (conditioningWidth: number) =>
    loadLora.validate?.(
      { values: { lora: 'lora.safetensors' }, links: { model: { family: 'sd1', conditioningWidth } } },
      services,
    )
  expect(await findings(2048)).toEqual([])
  expect(await findings(768)).toEqual([
    {
      input: 'lora',
      message:
        "lora.safetensors was trained for SDXL (2048 values a token), but this model is sd1 (768): choose a LoRA of the model's family.",
    },
  ])
})

test('a safetensors file is not taken for a pickle when its header is as long as one begins', () => {
  const path = join(place, 'header.safetensors')
  // 128 bytes of header: the file begins with 0x80 and 0, as a pickle of protocol 0 would.
  const header = JSON.stringify({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(128)
  const bytes = Buffer.alloc(8 + 128 + 4)
  bytes.writeBigUInt64LE(128n)
  bytes.write(header, 8)
  writeFileSync(path, bytes)
  expect(openWeightFile(path).names).toEqual(['a'])
})
