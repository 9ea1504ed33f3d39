import { numberAt } from '@patchbay/onnx/tensor'
import { readWeightAsFloat32, float32, requireWeight, type Feeds, type Value } from '@patchbay/onnx'
import type { JsonObject } from '@patchbay/engine'
import { denoisedChannelsOf, latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import { networkOf, type DenoiserPart } from '../architectures/denoiser-part.ts'
import type { DenoiserNetwork } from '../architectures/kinds/denoiser.ts'
import { diffusionProcess, flowProcess, type NoiseProcess } from '../diffusion/index.ts'
import type { ImageTensor } from '../image/image.ts'
import { familyOf, type ModelFamily } from '../families/model-family.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import { weightsOf, writeCheckpointFolder } from '../opening/write-checkpoint.ts'
import type { Seed } from '../random/index.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { CaptionEncoder } from '../encoding/encode-captions.ts'
import { sizesOfImage } from '../sampling/guided-denoiser.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import type { Services } from '../host/services.ts'
import type { Dataset } from '../dataset/dataset.ts'
import {
  denoisingFeeds,
  denoisingLoss,
  type LossParts,
  type TrainedPrediction,
  type TrainingProcess,
} from './losses/denoising-loss.ts'
import { createLatentEncoder } from './batches/latent-batches.ts'
import { freshDenoiser, type NetworkSize } from './network-presets.ts'
import { pictureBatch, type BatchSettings, type PictureBatch } from './batches/picture-batch.ts'
import { samplePrompts, sampleModel } from './sample-model.ts'
import type { Trained } from './loop/train.ts'
import type { NamedTensors } from './loop/training-state.ts'

export const predictions = ['v', 'epsilon', 'flow'] as const satisfies readonly TrainedPrediction[]

export interface FreshDenoiser {
  readonly network: NetworkSize
  readonly prediction: TrainedPrediction
}

export interface DenoiserTraining {
  readonly dataset: Dataset
  readonly vae: AutoencoderModel
  readonly textEncoder: TextEncoderModel
  readonly encodeCaptions: CaptionEncoder
  /** Where it goes on from, or what it is to be. */
  readonly start: DiffusionModel | FreshDenoiser
  readonly captionDropout: number
  /** 0 for none. */
  readonly minSnrGamma: number
}

/** A denoiser with its data, ready to be trained: what its node, a LoRA and a textual inversion have in common. */
export interface DenoiserInTraining {
  readonly prediction: TrainedPrediction
  readonly process: TrainingProcess
  readonly network: DenoiserNetwork
  /** Of a text. */
  readonly tokens: number
  /** The loss for batches of a size. */
  lossFor(batch: number, parts?: LossParts): Value
  readonly side: number
  /** What a step is fed; `textOf` where the text is made in the graph. */
  feedsOf(
    settings: Omit<BatchSettings, 'step'>,
    step: number,
    textOf?: (captions: readonly string[]) => Feeds,
  ): Promise<Feeds>
  /** The latents of pictures of the set: [batch, channels, side, side]. */
  latentsOf(batch: PictureBatch): Promise<Float32Array>
  /** What a step is fed of latents [captions, channels, side, side] that are known. */
  feedsOfLatents(
    latents: Float32Array,
    captions: readonly string[],
    draw: { readonly seed: Seed; readonly step: number },
  ): Promise<Feeds>
  /** The model with other weights. */
  withWeights(parameters: NamedTensors): DiffusionModel
  sample(model: DiffusionModel, prompts: string, signal: AbortSignal, encode?: CaptionEncoder): Promise<ImageTensor>
  write(path: string, trained: Trained): void
}

export async function denoiserInTraining(services: Services, training: DenoiserTraining): Promise<DenoiserInTraining> {
  const { dataset, vae, textEncoder, encodeCaptions, start, captionDropout, minSnrGamma } = training
  const latentChannels = denoisedChannelsOf(vae.part.config)
  const { embeddings, pooled } = await encodeCaptions([''])
  const [, tokens = 0, width = 0] = embeddings.shape
  const fresh = { latentChannels, width, pooledWidth: pooled?.shape[1] }
  const untrained = 'network' in start ? freshDenoiser(start.network, fresh) : start.denoising.part
  const network = networkOf(untrained)
  expectFitting(network, fresh)
  const side = latentSideOf(dataset, vae, network.cell)
  const prediction = 'network' in start ? start.prediction : trainablePrediction(start.process)
  const process = 'network' in start ? processOf(prediction) : start.process
  const family: ModelFamily = 'network' in start ? familyOf(untrained, textEncoder.encoders) : start.family
  const sizes = network.sizeConditioning(sizesOfImage(family, dataset.size, dataset.size))
  const partWith = (weights: NamedTensors): DenoiserPart => ({ ...untrained, weights: weightsOf(weights) })
  const latentsOf = createLatentEncoder(services.sessions, vae, dataset)
  const feedsOfLatents = async (
    latents: Float32Array,
    captions: readonly string[],
    { seed, step }: { readonly seed: Seed; readonly step: number },
    isTextFed = true,
  ): Promise<Feeds> => {
    const text = isTextFed ? await encodeCaptions(captions) : undefined
    return denoisingFeeds(
      {
        latents,
        shape: [captions.length, latentChannels, side],
        ...(text && { text: text.embeddings.data, tokens }),
        ...(network.pooledWidth !== undefined && text?.pooled && { pooled: text.pooled.data }),
        ...(sizes && { sizes }),
      },
      { process: trainingProcessOf(prediction, process), seed, step, ...(minSnrGamma > 0 && { minSnrGamma }) },
    )
  }
  return {
    prediction,
    process: trainingProcessOf(prediction, process),
    network,
    tokens,
    side,
    latentsOf,
    lossFor: (batch, parts) => denoisingLoss(network, prediction, { batch, side, tokens }, parts),
    async feedsOf({ seed, batch }, step, textOf) {
      const chosen = pictureBatch(dataset, { seed, step, batch, captionDropout })
      const feeds = await feedsOfLatents(await latentsOf(chosen), chosen.captions, { seed, step }, !textOf)
      return { ...feeds, ...textOf?.(chosen.captions) }
    },
    feedsOfLatents,
    withWeights: (parameters) => ({
      family,
      denoising: { key: 'in training', part: partWith(parameters), updates: [] },
      process,
      latentChannels,
      latentScale: latentScaleOf(vae.part.config),
    }),
    sample(changed, prompts, signal, encode = encodeCaptions) {
      const captions = dataset.pictures.map(({ captions: [caption = ''] }) => caption)
      return sampleModel(services, changed, {
        vae,
        encodeCaptions: encode,
        prompts: samplePrompts(prompts, captions),
        side,
        signal,
      })
    },
    write(path, { best, recipe }) {
      expectPlainSchedule(process, prediction)
      writeCheckpointFolder(path, {
        denoiser: partWith(best),
        autoencoder: vae.part,
        textEncoders: textEncoder.encoders,
        prediction,
        recipe,
      })
    },
  }
}

/** All weights of a model, as training begins with them. */
export function weightsToTrain({ denoising: { part } }: DiffusionModel): NamedTensors {
  const { weights } = part
  return Object.fromEntries(
    weights.names.map((name) => [
      name,
      float32(requireWeight(weights, name).shape, readWeightAsFloat32(weights, name)),
    ]),
  )
}

/** What of a denoiser goes into a recipe. */
export const configInRecipe = ({ json }: DenoiserNetwork): JsonObject => ({ ...json })

/**
 * The side of a picture's latents; throws a RangeError with the size to load pictures at where theirs does not
 * divide.
 */
export function latentSideOf({ size, title }: Dataset, vae: AutoencoderModel, cell = 1): number {
  const scale = latentScaleOf(vae.part.config)
  const multiple = scale * cell
  if (size % multiple === 0) return size / scale
  throw new RangeError(
    `The pictures of "${title}" are ${size} pixels wide, but this model and VAE need a multiple of ${multiple}: load them at ${Math.ceil(size / multiple) * multiple}.`,
  )
}

function expectFitting(
  network: DenoiserNetwork,
  { latentChannels, width }: { readonly latentChannels: number; readonly width: number },
): void {
  if (network.inputChannels !== latentChannels) {
    throw new RangeError(
      `The model takes ${network.inputChannels} channels, but this VAE's latents have ${latentChannels}: use the VAE that it came with.`,
    )
  }
  if (network.textWidth !== width) {
    throw new RangeError(
      `The model takes text of ${network.textWidth} values, but this text encoder gives ${width}: use the one that it came with.`,
    )
  }
}

function trainablePrediction({ predictionType }: NoiseProcess): TrainedPrediction {
  if (predictionType !== 'sample' && predictionType !== 'edm') return predictionType
  const what = predictionType === 'edm' ? 'as EDM does' : 'the clean sample'
  throw new TypeError(`The model predicts ${what}; models that predict epsilon, v or flow can be trained.`)
}

const processOf = (prediction: TrainedPrediction): NoiseProcess =>
  prediction === 'flow' ? flowProcess({ shift: 1 }) : diffusionProcess({ predictionType: prediction })

/** `ᾱ` of each timestep follows from its sigma: x = (latents + σ · noise) · √ᾱ has variance 1. */
const trainingProcessOf = (prediction: TrainedPrediction, { sigmas }: NoiseProcess): TrainingProcess => ({
  prediction,
  timesteps: prediction === 'flow' ? 1000 : sigmas.length,
  alphasCumprod: sigmas.map((sigma) => 1 / (1 + sigma * sigma)),
})

function expectPlainSchedule({ sigmas }: NoiseProcess, prediction: TrainedPrediction): void {
  const plain = processOf(prediction).sigmas
  if (plain.every((sigma, i) => Math.abs(numberAt(sigmas, i) / sigma - 1) < 1e-4)) return
  throw new Error('The model was trained with a noise schedule of its own, which a saved checkpoint cannot tell yet.')
}
