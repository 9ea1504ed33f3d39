import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  featureMap,
  float32,
  Graph,
  renameWeights,
  Scope,
  serializeSafetensors,
  toChannelsFirst,
  weightsUnder,
  type Tensor,
} from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeTiny,
  encodeTiny,
  parseAutoencoderTinyConfig,
} from '../../architectures/autoencoder-tiny/autoencoder-tiny.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Latents } from '../../values/latents.ts'
import type { Services } from '../../host/services.ts'
import { referenceInput } from '../../testing/reference-models.ts'
import { weightsByName } from '../../testing/reference-pipelines.ts'
import { runNode } from '../../testing/run-node.ts'
import { vaeDecode } from '../latents/vae-decode.ts'
import { vaeEncode } from '../latents/vae-encode.ts'
import { loadVae } from './load-vae.ts'

/** Weights of TAESD's structure, under diffusers' names. */
function tinyWeights() {
  const graph = new Graph()
  const config = parseAutoencoderTinyConfig({})
  const image = featureMap(graph.input('image', 'float32', [1, 3, 32, 32]))
  const latents = encodeTiny(new Scope(graph), config, image)
  graph.output('decoded', toChannelsFirst(decodeTiny(new Scope(graph), config, latents)))
  return weightsByName(Object.fromEntries(graph.parameters.map(({ name, shape }) => [name, shape.map(Number)])))
}

let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-taesd-'))
  const weights = tinyWeights()
  const folder = join(place, 'vae')
  mkdirSync(join(folder, 'diffusers'), { recursive: true })
  writeFileSync(join(folder, 'diffusers/config.json'), JSON.stringify({ latent_channels: 4 }))
  writeFileSync(join(folder, 'diffusers/diffusion_pytorch_model.safetensors'), serializeSafetensors(weights))
  const encoder = weightsUnder(weights, 'encoder.layers.')
  // TAESD counts the bend of the latents as the first layer of its decoder.
  const decoder = renameWeights(weightsUnder(weights, 'decoder.layers.'), (name) =>
    name.replace(/^\d+/, (index) => String(Number(index) + 1)),
  )
  writeFileSync(join(folder, 'taesd_encoder.safetensors'), serializeSafetensors(encoder))
  writeFileSync(join(folder, 'taesd_decoder.safetensors'), serializeSafetensors(decoder))
  writeFileSync(join(folder, 'lonely_decoder.safetensors'), serializeSafetensors(decoder))
  writeFileSync(join(folder, 'lonely-encoder.safetensors'), serializeSafetensors(encoder))
  const approximations = join(place, 'vae_approx')
  mkdirSync(approximations)
  writeFileSync(join(approximations, 'taesdxl_decoder.safetensors'), serializeSafetensors(decoder))
  services = createLocalServices({ folders: { vae: [folder], vae_approx: [approximations] }, output: place })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const open = async (vae: string) => (await runNode(loadVae, { vae }, { services })).outputs['vae']
const picture = imageOfPlanes(float32([1, 3, 32, 32], referenceInput('picture', 3, 32, 32)), { low: -1.7, high: 1.7 })

async function bothWays(name: string): Promise<{ latents: Latents; image: Tensor }> {
  const vae = await open(name)
  const { latents } = (await runNode(vaeEncode, { vae, image: picture }, { services })).outputs
  const { image } = (await runNode(vaeDecode, { vae, latents }, { services })).outputs
  return { latents: latents as Latents, image: image as Tensor }
}

describe('a tiny autoencoder in place of a VAE', () => {
  test.each(['taesd_decoder.safetensors', 'taesd_encoder.safetensors'])(
    'opens by the file of either half, and gives what the folder of diffusers gives: %s',
    async (name) => {
      const [own, expected] = [await bothWays(name), await bothWays('diffusers')]
      expect(own.latents.tensor.shape).toEqual([1, 4, 4, 4])
      expect(own.image.shape).toEqual([1, 32, 32, 3])
      expect(own.latents.tensor.data).toEqual(expected.latents.tensor.data)
      expect(own.image.data).toEqual(expected.image.data)
    },
  )

  test('is listed among the VAEs where ComfyUI keeps it, and opens from there', async () => {
    expect(await services.namesIn('vae')).toContain('taesdxl_decoder.safetensors')
    expect(await open('taesdxl_decoder.safetensors')).toMatchObject({ part: { tiny: { latentChannels: 4 } } })
  })

  test('decodes without its encoder, and says which file encoding needs', async () => {
    const vae = await open('lonely_decoder.safetensors')
    const latents = { tensor: float32([1, 4, 4, 4], referenceInput('latents', 4, 4, 4)), scale: 8 }
    const { image } = (await runNode(vaeDecode, { vae, latents }, { services })).outputs
    expect((image as Tensor).shape).toEqual([1, 32, 32, 3])
    await expect(runNode(vaeEncode, { vae, image: picture }, { services })).rejects.toThrow(
      "lonely_decoder.safetensors holds no encoder: put the encoder's file",
    )
  })

  test('says which file the encoder alone misses', async () => {
    await expect(open('lonely-encoder.safetensors')).rejects.toThrow('put its decoder beside it, as lonely-decoder')
  })
})
