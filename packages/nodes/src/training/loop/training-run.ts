import { setImmediate } from 'node:timers/promises'
import {
  initialParameters,
  Trainer,
  type Feeds,
  type SessionOptions,
  type StepResult,
  type TrainerOptions,
  type Value,
} from '@patchbay/onnx'
import { loadTrainingState, saveTrainingState, type NamedTensors } from './training-state.ts'

export interface TrainingRun extends Pick<
  TrainerOptions,
  'optimizer' | 'learningRate' | 'maxGradientNorm' | 'emaDecay' | 'trainable' | 'bind'
> {
  /** A scalar in a graph of its own. */
  readonly loss: Value
  /**
   * What the loss is fed at a step, counted from 0: the same for the same step, so that a continued run sees what an
   * unbroken one sees.
   */
  readonly feedsOf: (step: number) => Feeds | Promise<Feeds>
  readonly steps: number
  /** Decides the first values of the parameters where `initial` does not give them. */
  readonly seed: number
  readonly initial?: NamedTensors
  /** Names the settings completely: a state of other settings is not continued. */
  readonly recipe: string
  /** Where the state is kept; nothing is kept without it. */
  readonly folder?: string
  /** Steps between two states on disk. Default 200. */
  readonly saveEvery?: number
  readonly onStep?: (step: TrainingProgress) => void | Promise<void>
  readonly signal?: AbortSignal
  readonly session?: SessionOptions
}

export interface TrainingProgress extends StepResult {
  /** Steps done, this one included. */
  readonly step: number
  readonly steps: number
  /** The loss of every step done, those of earlier runs included. */
  readonly losses: readonly number[]
  /**
   * Copies the parameters, or their averages where they are kept, as they are now: for sample pictures, not for every
   * step.
   */
  readonly parameters: () => NamedTensors
}

export interface TrainedParameters {
  readonly parameters: NamedTensors
  /** Running averages, where they were asked for: what to sample with. */
  readonly averages?: NamedTensors
  /** Steps done in all, those of earlier runs included. */
  readonly steps: number
  readonly losses: readonly number[]
}

/**
 * Trains the parameters of a loss, from the state in `folder` where there is one. A run that was stopped or killed and
 * is started again ends with the same bits as one that was left alone. When `signal` aborts, the state is saved before
 * its reason is thrown.
 */
export async function runTraining(run: TrainingRun): Promise<TrainedParameters> {
  const { loss, feedsOf, steps, seed, recipe, folder, saveEvery = 200, signal, onStep } = run
  const saved = folder === undefined ? undefined : loadTrainingState(folder, recipe)
  const trainer = await Trainer.create(loss, {
    ...run,
    initial: saved?.tensors ?? { ...initialParameters(loss.graph, seed, run.trainable), ...run.initial },
    stepsDone: saved?.steps ?? 0,
  })
  const losses = [...(saved?.losses ?? [])]
  const save = async (): Promise<void> => {
    const tensors = trainer.state()
    // The loss is that of the weights before the step: what the last step did to them shows here only.
    const broken = Object.entries(tensors).find(([, { data }]) => !data.every(Number.isFinite))
    if (broken) {
      throw new Error(
        `After step ${trainer.steps} "${broken[0]}" holds values that are no numbers. Lower the learning rate, or clip the gradients; ` +
          'the last saved state is untouched.',
      )
    }
    if (folder !== undefined) await saveTrainingState(folder, { steps: trainer.steps, recipe, losses, tensors })
  }
  const current = (): NamedTensors => (run.emaDecay === undefined ? trainer.parameters() : trainer.averages())
  try {
    while (trainer.steps < steps) {
      // A step is one native call: in between, news goes out and a cancellation comes in.
      await setImmediate()
      if (signal?.aborted) {
        await save()
        signal.throwIfAborted()
      }
      const result = await trainer.step(await feedsOf(trainer.steps))
      if (!Number.isFinite(result.loss)) {
        throw new Error(
          `The loss of step ${trainer.steps} is ${result.loss}. Lower the learning rate, or clip the gradients; ` +
            'the last saved state is untouched.',
        )
      }
      losses.push(result.loss)
      await onStep?.({ ...result, step: trainer.steps, steps, losses, parameters: current })
      if (trainer.steps % saveEvery === 0 || trainer.steps === steps) await save()
    }
    return {
      parameters: trainer.parameters(),
      ...(run.emaDecay !== undefined && { averages: trainer.averages() }),
      steps: trainer.steps,
      losses,
    }
  } finally {
    await trainer.dispose()
  }
}
