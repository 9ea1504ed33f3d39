import { createHash } from 'node:crypto'
import type { JsonObject, RunContext } from '@patchbay/engine'
import { encodeImage } from '../../image/codec.ts'
import { sizeOfImage, type ImageTensor } from '../../image/image.ts'
import { previewPictures } from '../../image/preview.ts'
import { sheetOf } from '../../image/sheet.ts'
import type { Services } from '../../host/services.ts'
import { drawLossCurve, lossCurveOf } from './loss-curve.ts'
import { runTraining, type TrainedParameters, type TrainingProgress, type TrainingRun } from './training-run.ts'
import { claimTraining } from './training-claim.ts'
import type { NamedTensors } from './training-state.ts'

/** A training as a node asks for it. */
export interface Training extends Omit<TrainingRun, 'recipe' | 'folder' | 'signal' | 'onStep' | 'session'> {
  /** What is being made: trainings of one name and recipe continue each other. */
  readonly name: string
  /** All that decides the result but the number of steps. */
  readonly recipe: JsonObject
  /** Steps between two sheets of samples; 0 makes none. */
  readonly sampleEvery: number
  /** Pictures of what the network does with these parameters. */
  readonly sample?: (parameters: NamedTensors) => Promise<ImageTensor>
}

export interface Trained extends TrainedParameters {
  /** What to write into the file of what was made. */
  readonly recipe: string
  /** The averages where they are kept, else the parameters. */
  readonly best: NamedTensors
}

/** The curve is drawn anew about so many times in a training. */
const curves = 100

/**
 * Runs a training for a node: it goes on from the last state of the same recipe, streams its loss, its curve and sheets
 * of samples, and stops with its state kept when the run is cancelled.
 */
export async function train(training: Training, context: RunContext<Services>): Promise<Trained> {
  const { name, recipe: settings, sampleEvery, sample, ...run } = training
  const { signal, services, show } = context
  const recipe = JSON.stringify(settings)
  const digest = createHash('sha256').update(recipe).digest('hex').slice(0, 12)
  const folder = await services.workFolder(`training/${name}/${digest}`)
  const giveBack = claimTraining(folder, name)
  const trained = await runTraining({
    ...run,
    recipe,
    folder,
    signal,
    session: { ...services.device },
    onStep: (progress) => report(progress, context, sampleEvery, sample),
  }).finally(giveBack)
  const { losses, steps, parameters, averages } = trained
  const curve = lossCurveOf(losses)
  if (sample && sampleEvery > 0) {
    const samples = await sample(averages ?? parameters)
    await showSamples(samples, context)
    await keep(sheetOf(samples), `${name}-samples`, context)
  }
  await keep(await drawLossCurve(curve), `${name}-loss`, context)
  show({ ...curve, done: steps })
  return { ...trained, best: averages ?? parameters, recipe: JSON.stringify({ ...settings, steps }) }
}

async function report(
  { step, steps, loss, losses, parameters }: TrainingProgress,
  context: RunContext<Services>,
  sampleEvery: number,
  sample: Training['sample'],
): Promise<void> {
  context.progress(step, steps, `loss ${loss.toPrecision(4)}`)
  if (step % Math.ceil(steps / curves) === 0) {
    await previewPictures(await drawLossCurve(lossCurveOf(losses)), context.preview, 1)
  }
  if (sample && sampleEvery > 0 && step % sampleEvery === 0 && step < steps) {
    await showSamples(await sample(parameters()), context)
  }
}

/** Keeps a picture with the job, so that its history shows how the training went. */
async function keep(image: ImageTensor, prefix: string, { services, artifact }: RunContext<Services>): Promise<void> {
  const { width, height } = sizeOfImage(image)
  const about = {
    prefix,
    extension: 'webp',
    mime: 'image/webp',
    kind: 'image',
    width,
    height,
    temporary: true,
  } as const
  const bytes = await encodeImage(image, 0, { format: 'webp', quality: 100 })
  artifact(await services.saveArtifact(bytes, about))
}

const showSamples = (images: ImageTensor, { preview }: RunContext<Services>): Promise<void> =>
  previewPictures(sheetOf(images), preview, 0)
