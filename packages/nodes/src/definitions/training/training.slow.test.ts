import { existsSync, mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSafetensors, readWeightAsFloat32, type Tensor } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import type { Conditioning } from '../../values/conditioning.ts'
import type { Services } from '../../host/services.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import { writeMiniCheckpoint } from '../../testing/mini-checkpoint.ts'
import { tinyCheckpoint, writeDiffusersFolder } from '../../testing/tiny-checkpoint.ts'
import { runNode, type NodeRun } from '../../testing/run-node.ts'
import { type Dataset, imagesOf } from '../../dataset/dataset.ts'
import { loadPictureFolder } from '../data/load-picture-folder.ts'
import { pickPictures } from '../data/pick-pictures.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { loadLora } from '../loaders/load-lora.ts'
import { loadVae } from '../loaders/load-vae.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { emptyLatents } from '../latents/empty-latents.ts'
import { vaeDecode } from '../latents/vae-decode.ts'
import { vaeEncode } from '../latents/vae-encode.ts'
import { clipScore } from '../scores/clip-score.ts'
import { ganDiscriminator } from '../scores/gan-discriminator.ts'
import { loadDiscriminator } from '../scores/load-discriminator.ts'
import { loadScoreTowers } from '../scores/load-score-towers.ts'
import { sample } from '../sampling/sample.ts'
import { criticNode } from './critic.ts'
import { trainAutoencoder } from './train-autoencoder.ts'
import { trainDenoiser } from './train-denoiser.ts'
import { trainDiscriminator } from './train-discriminator.ts'
import { trainLora } from './train-lora.ts'
import { trainScoreTowers } from './train-score-towers.ts'
import { trainTurbo } from './train-turbo.ts'
import { trainTextualInversion } from './train-textual-inversion.ts'

let place: string
let services: Services
/** Four pictures of 16 × 16. */
let four: Dataset

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-training-nodes-'))
  writeMiniCheckpoint(join(place, 'checkpoints/mini'))
  writeDiffusersFolder(join(place, 'checkpoints/clip'), tinyCheckpoint())
  const folders = ['checkpoints', 'vae', 'loras', 'embeddings', 'score_models'].map(
    (name) => [name, [join(place, name)]] as const,
  )
  services = createLocalServices({
    output: join(place, 'output'),
    folders: Object.fromEntries(folders),
    threads: 1,
  })
  const robot = (await runNode(loadPictureFolder, { size: 16 }, { services })).outputs['dataset']
  four = (await runNode(pickPictures, { dataset: robot, count: 4 })).outputs['dataset'] as Dataset
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const lossesOf = ({ shown }: NodeRun): readonly number[] => shown['loss'] as number[]
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const parts = async () => (await runNode(loadCheckpoint, { checkpoint: 'mini' }, { services })).outputs

describe('TrainAutoencoder', () => {
  const settings = { network: 'tiny', latentChannels: 4, halvings: 2, batch: 4, learningRate: 1e-2, emaDecay: 0.9 }
  const run = (inputs: Readonly<Record<string, unknown>>, signal?: AbortSignal) =>
    runNode(trainAutoencoder, { dataset: four, ...settings, ...inputs }, { services, ...(signal && { signal }) })

  test('overfits four pictures, shows how, and saves a VAE that LoadVAE opens', async () => {
    const result = await run({ name: 'four', steps: 80, sampleEvery: 40 })
    expect(mean(lossesOf(result).slice(-5))).toBeLessThan(0.1 * mean(lossesOf(result).slice(0, 3)))
    expect(result.steps.at(-1)).toEqual([80, 80])
    expect(new Set(result.previews.map(({ index }) => index))).toEqual(new Set([0, 1]))
    expect(result.artifacts.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^four-samples.*\.webp$/),
      expect.stringMatching(/^four-loss.*\.webp$/),
    ])
    const vae = (await runNode(loadVae, { vae: 'four.safetensors' }, { services })).outputs['vae']
    const image = imagesOf(four, 0, 4)
    const { latents } = (await runNode(vaeEncode, { vae, image }, { services })).outputs
    const back = (await runNode(vaeDecode, { vae, latents }, { services })).outputs['image'] as Tensor
    expect(mean(Array.from(back.data, (value, i) => (value - (image.data[i] ?? 0)) ** 2))).toBeLessThan(0.02)
    // Latents are scaled to variance 1, which is what a denoiser's noise is made for.
    const { data } = (latents as { tensor: Tensor }).tensor
    expect(mean(Array.from(data, (value) => value ** 2))).toBeCloseTo(1, 0)
    expect(openSafetensors(join(place, 'vae/four.safetensors')).metadata['recipe']).toContain(
      '"node":"TrainAutoencoder"',
    )
  }, 240_000)

  test('goes on from where it was cancelled, and with more steps from where it had ended', async () => {
    const stop = new AbortController()
    const cancelled = runNode(
      {
        ...trainAutoencoder,
        run: (inputs, context) =>
          trainAutoencoder.run(inputs, {
            ...context,
            progress: (step) => {
              if (step === 3) stop.abort(new Error('enough'))
            },
          }),
      },
      { dataset: four, ...settings, name: 'stopped', steps: 6, sampleEvery: 0 },
      { services, signal: stop.signal },
    )
    await expect(cancelled).rejects.toThrow('enough')
    const six = await run({ name: 'stopped', steps: 6, sampleEvery: 0 })
    expect(six.steps.map(([step]) => step)).toEqual([4, 5, 6])
    expect(lossesOf(six)).toHaveLength(6)
    const eight = await run({ name: 'stopped', steps: 8, sampleEvery: 0 })
    expect(eight.steps.map(([step]) => step)).toEqual([7, 8])
    const unbroken = await run({ name: 'unbroken', steps: 8, sampleEvery: 0 })
    expect(lossesOf(eight)).toEqual(lossesOf(unbroken))
    expect((await run({ name: 'unbroken', steps: 8, sampleEvery: 0 })).steps).toEqual([])
  }, 240_000)

  test('hears a critic of patches and score towers where it is asked to, and saves neither', async () => {
    await runNode(trainScoreTowers, { dataset: four, network: 'tiny', batch: 4, steps: 1, name: 'eyes' }, { services })
    const { towers } = (await runNode(loadScoreTowers, { towers: 'eyes/model.safetensors' }, { services })).outputs
    const judged = { towers, perceptual: 1, adversarial: 0.1, adversarialFrom: 2 }
    const plain = await run({ name: 'plain', steps: 4, sampleEvery: 0 })
    const result = await run({ name: 'judged', steps: 4, sampleEvery: 0, ...judged })
    expect(lossesOf(result)[0]).toBeGreaterThan(lossesOf(plain)[0] ?? Infinity)
    const [file, own] = ['judged', 'plain'].map((name) => openSafetensors(join(place, `vae/${name}.safetensors`)))
    expect(file?.names).toEqual(own?.names)
    await expect(run({ ...judged, dataset: { ...four, size: 32 }, name: 'x', steps: 1 })).rejects.toThrow(
      'load them at 16',
    )
  }, 240_000)

  test('takes a critic by a link, and one of weight 0 is none at all, to the last bit', async () => {
    await runNode(
      trainScoreTowers,
      { dataset: four, network: 'tiny', batch: 4, steps: 1, name: 'seeing' },
      { services },
    )
    const { towers } = (await runNode(loadScoreTowers, { towers: 'seeing/model.safetensors' }, { services })).outputs
    const criticOf = async (inputs: Readonly<Record<string, unknown>>) =>
      (await runNode(criticNode, { kind: 'text', towers, loss: 'hinge', gradientPenalty: 1, ...inputs }, { services }))
        .outputs['critic']
    const weightsOf = (name: string) => {
      const file = openSafetensors(join(place, `vae/${name}.safetensors`))
      return file.names.map((each) => [each, [...readWeightAsFloat32(file, each)]])
    }
    const settingsOf = { steps: 3, sampleEvery: 0 }
    await run({ name: 'alone', ...settingsOf })
    await run({ name: 'unheard', ...settingsOf, critic: await criticOf({ weight: 0 }) })
    expect(weightsOf('unheard')).toEqual(weightsOf('alone'))
    const heard = await run({ name: 'heard', ...settingsOf, critic: await criticOf({ weight: 0.5 }) })
    expect(weightsOf('heard')).not.toEqual(weightsOf('alone'))
    expect(weightsOf('heard').map(([name]) => name)).toEqual(weightsOf('alone').map(([name]) => name))
    expect(lossesOf(heard).every(Number.isFinite)).toBe(true)
    await expect(run({ name: 'two', ...settingsOf, adversarial: 1, critic: await criticOf({}) })).rejects.toThrow(
      'There are two critics',
    )
  }, 240_000)

  test('a critic that sees with towers says so while they are missing', async () => {
    const message = 'A critic of the kind "text" sees with score towers: link LoadScoreTowers to it.'
    const check = (links: Readonly<Record<string, object>>) =>
      criticNode.validate?.({ values: { kind: 'text' }, links } as never, services)
    expect(await check({})).toEqual([{ input: 'towers', message }])
    expect(await check({ towers: {} })).toEqual([])
    const { critic } = (await runNode(criticNode, { kind: 'text' }, { services })).outputs
    await expect(run({ name: 'blind', steps: 1, critic })).rejects.toThrow(message)
  })

  test('does not replace a file that no training has made', async () => {
    mkdirSync(join(place, 'vae'), { recursive: true })
    writeFileSync(join(place, 'vae/own.safetensors'), 'precious')
    await expect(run({ name: 'own', steps: 1 })).rejects.toThrow('There is a "own.safetensors" in vae already')
  })

  test('refuses pictures that its latents do not divide', async () => {
    const odd = (await runNode(loadPictureFolder, { size: 24 }, { services })).outputs['dataset']
    await expect(run({ dataset: odd, halvings: 3, name: 'odd', steps: 1, batch: 1 })).resolves.toBeDefined()
    await expect(run({ dataset: { ...(odd as Dataset), size: 18 }, name: 'odd', steps: 1 })).rejects.toThrow(
      /multiple of 4/,
    )
  })
})

describe('TrainDenoiser', () => {
  const settings = {
    network: 'tiny',
    batch: 4,
    learningRate: 4e-3,
    emaDecay: 0.9,
    sampleEvery: 0,
    captionDropout: 0,
    minSnrGamma: 0,
  }
  const run = async (inputs: Readonly<Record<string, unknown>>) => {
    const { vae, textEncoder } = await parts()
    return runNode(trainDenoiser, { dataset: four, vae, textEncoder, ...settings, ...inputs }, { services })
  }

  test('overfits four pictures and saves a checkpoint that LoadCheckpoint opens', async () => {
    const result = await run({ name: 'four', steps: 80, sampleEvery: 80, prompts: 'patchy the robot\na dog' })
    expect(mean(lossesOf(result).slice(-10))).toBeLessThan(0.6 * mean(lossesOf(result).slice(0, 5)))
    expect(result.previews.filter(({ index }) => index === 0)).toMatchObject([{ width: 34, height: 16 }])
    const opened = (await runNode(loadCheckpoint, { checkpoint: 'four' }, { services })).outputs
    expect(opened).toMatchObject({ model: { latentChannels: 4, latentScale: 8, process: { predictionType: 'v' } } })
    expect(opened['textEncoder']).toMatchObject({ encoders: [{ kind: 'sentence-encoder', maxTokens: 16 }] })
    expect(existsSync(join(place, 'checkpoints/four/vae/diffusion_pytorch_model.safetensors'))).toBe(true)
  }, 240_000)

  test.each(['epsilon', 'flow'] as const)(
    'predicts %s where it is asked to, and says so in the checkpoint',
    async (prediction) => {
      await run({ name: prediction, steps: 2, prediction })
      const { model } = (await runNode(loadCheckpoint, { checkpoint: prediction }, { services })).outputs
      expect(model).toMatchObject({ process: { predictionType: prediction } })
    },
  )

  test('goes on from a model with its own network', async () => {
    const { model } = await parts()
    const result = await run({ name: 'on', steps: 1, model, network: 'bundled', learningRate: 0 })
    const before = openSafetensors(join(place, 'checkpoints/mini/unet/diffusion_pytorch_model.safetensors'))
    const after = openSafetensors(join(place, 'checkpoints/on/unet/diffusion_pytorch_model.safetensors'))
    expect(after.names).toEqual(before.names)
    expect(result.outputs['model']).toMatchObject({ process: { predictionType: 'v' } })
  })

  test('refuses pictures that the VAE cannot take, with the size to load them at', async () => {
    await expect(run({ name: 'odd', steps: 1, dataset: { ...four, size: 18 } })).rejects.toThrow('load them at 32')
  })
})

describe('TrainLora', () => {
  const settings = {
    batch: 4,
    rank: 8,
    alpha: 8,
    learningRate: 2e-2,
    sampleEvery: 0,
    captionDropout: 0,
    minSnrGamma: 0,
    priorPictures: 2,
  }
  const run = async (inputs: Readonly<Record<string, unknown>>) =>
    runNode(trainLora, { dataset: four, ...(await parts()), ...settings, ...inputs }, { services })
  const pictureOf = async (model: unknown, text = 'patchy'): Promise<Tensor> => {
    const { textEncoder } = await parts()
    const latents = (await runNode(emptyLatents, { width: 16, height: 16 })).outputs['latents']
    const positive = (await runNode(textEncode, { textEncoder, text }, { services })).outputs['conditioning']
    const { outputs } = await runNode(sample, { model, positive, latents, steps: 2 }, { services })
    return (outputs['latents'] as { tensor: Tensor }).tensor
  }

  test('overfits four pictures, and the file changes a model through LoadLora as it did in training', async () => {
    const result = await run({ name: 'four', steps: 60, layers: 'all', priorWeight: 0 })
    expect(mean(lossesOf(result).slice(-10))).toBeLessThan(0.75 * mean(lossesOf(result).slice(0, 5)))
    const { model } = await parts()
    const loaded = await runNode(loadLora, { model, lora: 'four.safetensors' }, { services })
    expect(loaded.shown).toMatchObject({ unmatched: 0 })
    expect(await pictureOf(loaded.outputs['model'])).toEqual(await pictureOf(result.outputs['model']))
    expect(await pictureOf(loaded.outputs['model'])).not.toEqual(await pictureOf(model))
  }, 240_000)

  test('begins by changing nothing', async () => {
    const result = await run({ name: 'none', steps: 1, learningRate: 0, sampleEvery: 1 })
    expect(await pictureOf(result.outputs['model'])).toEqual(await pictureOf((await parts())['model']))
    expect(result.previews.some(({ index }) => index === 0)).toBe(true)
  })

  test('keeps what the model draws of other prompts nearer with a prior than without', async () => {
    const base = await pictureOf((await parts())['model'], 'a dog')
    const moved = async (priorWeight: number): Promise<number> => {
      const prior = { priorWeight, priorPrompts: 'a dog\na cat', priorPictures: 2 }
      const { outputs } = await run({ name: `prior ${priorWeight}`, steps: 20, ...prior })
      const picture = await pictureOf(outputs['model'], 'a dog')
      return mean(Array.from(picture.data, (value, i) => (value - (base.data[i] ?? 0)) ** 2))
    }
    expect(await moved(4)).toBeLessThan(0.75 * (await moved(0)))
  }, 120_000)

  test('puts a trigger word before the captions that lack it', async () => {
    const losses = async (name: string, trigger: string) =>
      lossesOf(await run({ name, trigger, steps: 2, priorWeight: 0 }))
    const plain = await losses('plain', '')
    expect(await losses('there', 'Patchy')).toEqual(plain)
    expect(await losses('lacking', 'zorblax')).not.toEqual(plain)
  })

  test('changes attention alone where it is asked to, in a file of the rank that was asked for', async () => {
    await run({ name: 'attention', steps: 1, layers: 'attention', rank: 2 })
    const file = openSafetensors(join(place, 'loras/attention.safetensors'))
    expect(
      file.names.every((name) =>
        /^lora_unet_.+_attn[12]_to_(q|k|v|out_0)\.(lora_up\.weight|lora_down\.weight|alpha)$/.test(name),
      ),
    ).toBe(true)
    const down = file.names.find((name) => name.endsWith('lora_down.weight')) ?? ''
    expect(file.get(down)?.shape[0]).toBe(2)
  })
})

describe('TrainScoreTowers', () => {
  const settings = { network: 'tiny', batch: 4, learningRate: 1e-2, emaDecay: 0 }
  const run = (inputs: Readonly<Record<string, unknown>>) =>
    runNode(trainScoreTowers, { dataset: four, ...settings, ...inputs }, { services })

  test('overfits four pictures, so that each is nearest to its own caption by CLIPScore', async () => {
    const result = await run({ name: 'four', steps: 60 })
    expect(mean(lossesOf(result).slice(-5))).toBeLessThan(0.3)
    const { towers } = (await runNode(loadScoreTowers, { towers: 'four/model.safetensors' }, { services })).outputs
    for (const [
      place,
      {
        captions: [caption = ''],
      },
    ] of four.pictures.entries()) {
      const image = imagesOf(four, 0, 4)
      const { outputs } = await runNode(clipScore, { towers, image, text: caption }, { services })
      const scores = outputs['scores'] as readonly number[]
      expect(scores.indexOf(Math.max(...scores))).toBe(place)
    }
  }, 240_000)

  test('has no two pictures of one thing in a batch, since each is wrong for the other', async () => {
    await expect(run({ name: 'many', steps: 1, batch: 5 })).rejects.toThrow(
      /needs as many different things.*shows only 4/,
    )
  })
})

test('TrainDiscriminator overfits four pictures: real and right above generated and wrong', async () => {
  const settings = { network: 'tiny', batch: 4, learningRate: 1e-2, emaDecay: 0, generatorSteps: 1, generated: 4 }
  const result = await runNode(
    trainDiscriminator,
    { dataset: four, ...(await parts()), ...settings, name: 'four', steps: 60 },
    { services },
  )
  expect(mean(lossesOf(result).slice(-5))).toBeLessThan(0.3)
  const loaded = await runNode(loadDiscriminator, { discriminator: 'four/model.safetensors' }, { services })
  const judged = await runNode(
    ganDiscriminator,
    { ...loaded.outputs, image: imagesOf(four, 0, 4), text: four.pictures[0]?.captions[0] },
    { services },
  )
  const realism = judged.outputs['realismScores'] as readonly number[]
  expect(Math.min(...realism)).toBeGreaterThan(0.5)
  const match = judged.outputs['matchScores'] as readonly number[]
  expect(match.indexOf(Math.max(...match))).toBe(0)
}, 240_000)

describe.each(['mini', 'clip'])('TrainTextualInversion on the text encoder of %s', (checkpoint) => {
  const run = async (inputs: Readonly<Record<string, unknown>>) => {
    const opened = (await runNode(loadCheckpoint, { checkpoint }, { services })).outputs
    const size = checkpoint === 'clip' ? 64 : 16
    const { dataset } = (await runNode(loadPictureFolder, { size }, { services })).outputs
    const settings = { batch: 4, learningRate: 0.3, word: 'patchy', near: 'robot', ...inputs }
    return {
      opened,
      result: await runNode(trainTextualInversion, { dataset, ...opened, ...settings }, { services }),
    }
  }

  test('learns a word that brings pictures nearer, and prompts can name', async () => {
    const name = `word-${checkpoint}`
    const { opened, result } = await run({ name, steps: 24, sampleEvery: 24, prompts: 'patchy' })
    expect(mean(lossesOf(result).slice(-8))).toBeLessThan(mean(lossesOf(result).slice(0, 8)))
    expect(result.outputs['word']).toBe(`embedding:${name}`)
    expect(result.previews.some(({ index }) => index === 0)).toBe(true)
    const encode = async (text: string) => {
      const { textEncoder } = opened
      return (await runNode(textEncode, { textEncoder, text }, { services })).outputs['conditioning']
    }
    expect(await encode(`a embedding:${name} waving`)).not.toEqual(await encode('a robot waving'))
  }, 240_000)

  test('overfits four pictures as far as a word can, and no more than the word is learnt', async () => {
    const pictures = (await runNode(loadPictureFolder, { size: checkpoint === 'clip' ? 64 : 16 }, { services })).outputs
    const { dataset } = (await runNode(pickPictures, { ...pictures, count: 4 }, { services })).outputs
    const name = `four-${checkpoint}`
    const { result } = await run({ dataset, name, steps: 80, sampleEvery: 0, vectors: 8 })
    expect(mean(lossesOf(result).slice(-20))).toBeLessThan(0.97 * mean(lossesOf(result).slice(0, 20)))
    const { names } = openSafetensors(join(place, `embeddings/${name}.safetensors`))
    expect(names).toHaveLength(1)
  }, 240_000)

  test('begins with what a known word means', async () => {
    const name = `still-${checkpoint}`
    const { opened } = await run({ name, steps: 1, learningRate: 0, vectors: 1, near: 'dog' })
    const { textEncoder } = opened
    const encode = async (text: string) =>
      (await runNode(textEncode, { textEncoder, text }, { services })).outputs['conditioning'] as Conditioning
    const [learnt, known] = [await encode(`a embedding:${name}`), await encode('a dog')]
    const difference = learnt[0]?.embeddings.data.map((value, i) =>
      Math.abs(value - (known[0]?.embeddings.data[i] ?? 0)),
    )
    expect(Math.max(...(difference ?? [1]))).toBeLessThan(1e-4)
  })
})

describe('TrainTurbo', () => {
  const settings = { batch: 2, rank: 2, learningRate: 1e-2, emaDecay: 0.9, steps: 2 }

  test('hears a critic that sees pictures and reads captions, and saves a LoRA that LoadLora adds', async () => {
    await runNode(trainScoreTowers, { dataset: four, network: 'tiny', batch: 4, steps: 1, name: 'turbo' }, { services })
    const { towers } = (await runNode(loadScoreTowers, { towers: 'turbo/model.safetensors' }, { services })).outputs
    const { critic } = (await runNode(criticNode, { kind: 'text', loss: 'hinge', towers }, { services })).outputs
    const own = await parts()
    const inputs = { dataset: four, ...own, ...settings }
    const heard = await runNode(trainTurbo, { ...inputs, name: 'heard', critic, sampleEvery: 2 }, { services })
    expect(lossesOf(heard)).toHaveLength(2)
    expect(lossesOf(heard).every(Number.isFinite)).toBe(true)
    expect(heard.previews.filter(({ index }) => index === 0)).toHaveLength(1)
    const file = openSafetensors(join(place, 'loras/heard.safetensors'))
    expect(file.names.every((name) => name.startsWith('lora_unet_'))).toBe(true)
    const { model } = (await runNode(loadLora, { model: own['model'], lora: 'heard.safetensors' }, { services }))
      .outputs
    expect((model as DiffusionModel).denoising.updates.length).toBeGreaterThan(10)
  }, 240_000)

  test('says so where there is nothing to learn from', async () => {
    const inputs = { dataset: four, ...(await parts()), ...settings, name: 'nothing', distillation: 0 }
    await expect(runNode(trainTurbo, inputs, { services })).rejects.toThrow('there is nothing to learn')
  })
})
