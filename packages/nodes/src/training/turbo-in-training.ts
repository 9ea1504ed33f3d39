import type { JsonObject } from '@patchbay/engine'
import { float32 } from '@patchbay/onnx'
import { digestOf, type Dataset } from '../dataset/dataset.ts'
import { createCaptionEncoder } from '../encoding/encode-captions.ts'
import type { Services } from '../host/services.ts'
import type { ImageTensor } from '../image/image.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { CriticChoice } from '../values/critic.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { factorsOnly, firstFactors, withFactors } from './adapters/lora-in-training.ts'
import { isLoraFactor, LoraScope, type LoraShape } from './adapters/lora-scope.ts'
import { pictureBatch } from './batches/picture-batch.ts'
import { criticInTraining, withoutCritic, type CriticInTraining } from './critic-in-training.ts'
import { denoiserInTraining, type DenoiserInTraining } from './denoiser-in-training.ts'
import { withFrozen } from './frozen-weights.ts'
import type { Training } from './loop/train.ts'
import type { NamedTensors } from './loop/training-state.ts'
import { criticPlace } from './losses/critic-loss.ts'
import { trainingScope } from './losses/denoising-loss.ts'
import { turboDecoderPlace, turboFeeds, turboLoss } from './losses/turbo-loss.ts'
import { samplePrompts, sampleModel } from './sample-model.ts'

export interface TurboTraining {
  readonly dataset: Dataset
  readonly model: DiffusionModel
  readonly textEncoder: TextEncoderModel
  readonly vae: AutoencoderModel
  readonly critic?: CriticChoice | undefined
  /** In how many steps the student is to draw. */
  readonly steps: number
  /** Of the teacher. */
  readonly guidanceScale: number
  readonly distillation: number
  readonly shape: LoraShape
  readonly seed: bigint
  readonly batch: number
}

/** A distillation, ready to be trained: what of a training is its own. */
export interface TurboInTraining extends Pick<Training, 'loss' | 'initial' | 'trainable' | 'bind' | 'feedsOf'> {
  readonly made: JsonObject
  /** Pictures of the student in its own number of steps. */
  sample(parameters: NamedTensors, prompts: string, signal: AbortSignal): Promise<ImageTensor>
}

/** @throws RangeError where there is nothing to learn from, or the critic cannot see such pictures */
export async function turboInTraining(services: Services, training: TurboTraining): Promise<TurboInTraining> {
  const { dataset, model, textEncoder, vae, critic, steps, guidanceScale, distillation, shape, batch } = training
  const encodeCaptions = createCaptionEncoder(services, textEncoder)
  const untouched = { captionDropout: 0, minSnrGamma: 0 }
  const data = { dataset, vae, textEncoder, start: model, encodeCaptions, ...untouched }
  const denoiser = await denoiserInTraining(services, data)
  const { network, prediction, side, tokens } = denoiser
  const judge = await criticInTraining(services, critic, { batch, side: dataset.size })
  if (!judge && distillation === 0)
    throw new RangeError('Without a critic and with a distillation of 0 there is nothing to learn.')
  const loss = turboLoss(
    {
      network,
      prediction,
      decoder: { config: vae.part.config, pictureSide: dataset.size },
      critic: judge,
      guidanceScale,
      distillation,
      studentScope: (graph) => new LoraScope(graph, shape, network.layerKind, trainingScope(graph)),
    },
    { batch, side, tokens },
  )
  const decoder = judge ? [{ place: turboDecoderPlace, weights: vae.part.weights }] : []
  const isTrained = (name: string): boolean => isLoraFactor(name) || name.startsWith(`${criticPlace}.`)
  const keys = { model: model.denoising.key, vae: vae.key, text: textEncoder.key, data: digestOf(dataset) }
  const captions = dataset.pictures.map(({ captions: [caption = ''] }) => caption)
  return {
    loss,
    initial: firstFactors(loss),
    ...withFrozen([...decoder, ...(judge?.frozen ?? [])], { ...factorsOnly(model), trainable: isTrained }),
    feedsOf: feedsFor(training, denoiser, judge, (count) => encodeCaptions(Array.from({ length: count }, () => ''))),
    made: { samplingSteps: steps, guidanceScale, distillation, ...shape, critic: judge?.recipe ?? '', ...keys },
    sample(parameters, prompts, signal) {
      const student = withFactors(model, withoutCritic(parameters), shape)
      const request = { prompts: samplePrompts(prompts, captions), side, signal, steps, isDistilled: true }
      return sampleModel(services, student, { vae, encodeCaptions, ...request })
    },
  }
}

function feedsFor(
  { dataset, steps, seed, batch }: TurboTraining,
  { process, latentsOf, feedsOfLatents }: DenoiserInTraining,
  judge: CriticInTraining | undefined,
  encodeEmpty: (count: number) => ReturnType<ReturnType<typeof createCaptionEncoder>>,
): Training['feedsOf'] {
  const shape = [batch, 3, dataset.size, dataset.size]
  return async (step) => {
    const chosen = pictureBatch(dataset, { seed, step, batch })
    const own = await feedsOfLatents(await latentsOf(chosen), chosen.captions, { seed, step })
    const empty = await encodeEmpty(batch)
    return {
      ...turboFeeds(own, { process, steps, seed, step }),
      emptyText: empty.embeddings,
      ...(own['pooled'] && empty.pooled && { emptyPooled: empty.pooled }),
      ...(judge && { real: float32(shape, chosen.pictures) }),
      ...(await judge?.feedsOf(step, chosen.captions)),
    }
  }
}
