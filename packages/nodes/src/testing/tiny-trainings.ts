import type { RunContext } from '@patchbay/engine'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadPictureFolder } from '../definitions/data/load-picture-folder.ts'
import { loadCheckpoint } from '../definitions/loaders/load-checkpoint.ts'
import { trainAutoencoder } from '../definitions/training/train-autoencoder.ts'
import { trainDenoiser } from '../definitions/training/train-denoiser.ts'
import { trainDiscriminator } from '../definitions/training/train-discriminator.ts'
import { trainLora } from '../definitions/training/train-lora.ts'
import { trainScoreTowers } from '../definitions/training/train-score-towers.ts'
import { trainTextualInversion } from '../definitions/training/train-textual-inversion.ts'
import { createLocalServices } from '../host/local-services.ts'
import type { Services } from '../host/services.ts'
import { writeMiniCheckpoint } from './mini-checkpoint.ts'
import { runNode } from './run-node.ts'

/** Where each training writes what it made, below its folder. */
export const tinyTrainings = {
  TrainAutoencoder: 'vae/tiny.safetensors',
  TrainDenoiser: 'checkpoints/tiny/unet/diffusion_pytorch_model.safetensors',
  TrainLora: 'loras/tiny.safetensors',
  TrainTextualInversion: 'embeddings/tiny.safetensors',
  TrainScoreTowers: 'score_models/tiny/model.safetensors',
  TrainDiscriminator: 'score_models/tiny/model.safetensors',
} as const
export type TinyTraining = keyof typeof tinyTrainings

const definitions = {
  TrainAutoencoder: trainAutoencoder,
  TrainDenoiser: trainDenoiser,
  TrainLora: trainLora,
  TrainTextualInversion: trainTextualInversion,
  TrainScoreTowers: trainScoreTowers,
  TrainDiscriminator: trainDiscriminator,
}
const own: Readonly<Record<TinyTraining, Readonly<Record<string, unknown>>>> = {
  TrainAutoencoder: { network: 'tiny', halvings: 2 },
  TrainDenoiser: { network: 'tiny' },
  TrainLora: { priorPrompts: 'a dog\na cat', priorPictures: 2 },
  TrainTextualInversion: { learningRate: 0.1 },
  TrainScoreTowers: { network: 'tiny', emaDecay: 0 },
  TrainDiscriminator: { network: 'tiny', emaDecay: 0, generatorSteps: 1, generated: 2 },
}

/** Runs a training node at its smallest with everything below a folder, its state on disk after every step. */
export async function runTinyTraining(
  name: TinyTraining,
  folder: string,
  steps: number,
  onStep: (step: number) => void = () => undefined,
): Promise<void> {
  // Trainings beside each other share their checkpoint: its place is in what they write.
  const checkpoint = join(dirname(folder), 'mini')
  if (!existsSync(checkpoint)) writeMiniCheckpoint(checkpoint)
  const folders = ['checkpoints', 'vae', 'loras', 'embeddings', 'score_models'].map(
    (one) => [one, [join(folder, one), dirname(folder)]] as const,
  )
  const services = createLocalServices({
    output: join(folder, 'output'),
    folders: Object.fromEntries(folders),
    threads: 1,
  })
  const { dataset } = (await runNode(loadPictureFolder, { size: 16 }, { services })).outputs
  const parts = (await runNode(loadCheckpoint, { checkpoint: 'mini' }, { services })).outputs
  // A denoiser begins anew rather than from the checkpoint's.
  const { model, ...others } = parts
  const links = name === 'TrainDenoiser' || name === 'TrainAutoencoder' ? others : { model, ...others }
  const definition = definitions[name]
  await runNode(
    { ...definition, run: (inputs: never, context: never) => definition.run(inputs, heard(context, onStep)) } as never,
    { dataset, ...links, name: 'tiny', batch: 2, steps, saveEvery: 1, sampleEvery: 0, ...own[name] },
    { services },
  )
}

/** Steps tell of their loss: what is done before the first step is no step. */
function heard(context: RunContext<Services>, onStep: (step: number) => void): RunContext<Services> {
  const progress: typeof context.progress = (done, _of, text) => {
    if (text?.startsWith('loss ')) onStep(done)
  }
  return { ...context, progress }
}
