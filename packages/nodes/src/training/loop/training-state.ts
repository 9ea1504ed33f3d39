import { existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createWeightSource,
  float32,
  openSafetensors,
  readWeightAsFloat32,
  requireWeight,
  weightOf,
  writeSafetensors,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'

export type NamedTensors = Readonly<Record<string, Tensor>>

/** All that a training needs to go on as if it had never stopped. */
export interface TrainingState {
  readonly steps: number
  /** What the training was asked for; a state of another recipe is not continued. */
  readonly recipe: string
  /** The loss of each step. */
  readonly losses: readonly number[]
  /** `Trainer.state()`: parameters, averages and what the optimizer keeps. */
  readonly tensors: NamedTensors
}

/** No parameter's name has a number sign but those of its slots. */
const lossesName = '#losses'

const stateFile = (folder: string): string => join(folder, 'training-state.safetensors')

/**
 * Writes the state into the folder. An earlier one is replaced whole or not at all, so that a kill at any moment
 * loses only steps.
 * @throws Error that says how much there is to write, and what stays
 */
export async function saveTrainingState(
  folder: string,
  { steps, recipe, losses, tensors }: TrainingState,
): Promise<void> {
  const all = { ...tensors, [lossesName]: float32([losses.length], losses) }
  const source = createWeightSource(Object.entries(all).map(([name, tensor]) => weightOf(name, tensor)))
  try {
    await mkdir(folder, { recursive: true })
    writeSafetensors(stateFile(folder), source, { metadata: { steps: String(steps), recipe } })
  } catch (cause) {
    const megabytes = Math.ceil(Object.values(all).reduce((sum, { data }) => sum + data.byteLength, 0) / 1e6)
    const earlier = existsSync(stateFile(folder))
      ? 'The state before it is whole, and the next run goes on from it.'
      : ''
    throw new Error(
      `The state of step ${steps} cannot be kept in "${folder}": ${reasonOf(cause)}. It takes ${megabytes} MB: make room or give access, and run again. ${earlier}`.trim(),
      { cause },
    )
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk can only be read',
}
/** Why a file could not be written, in words. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return ('code' in cause ? reasons[String(cause.code)] : undefined) ?? cause.message
}

/**
 * The state in the folder, which no other process may be writing, or undefined when there is none. Throws when it
 * belongs to another recipe.
 */
export function loadTrainingState(folder: string, recipe: string): TrainingState | undefined {
  const file = stateFile(folder)
  if (!existsSync(file)) return undefined
  for (const name of readdirSync(folder)) if (name.includes('.partial-')) rmSync(join(folder, name))
  const source = openState(file)
  const steps = Number(source.metadata['steps'])
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw new Error(
      `"${file}" is no training state: its metadata do not say how many steps were done. Remove it to start anew.`,
    )
  }
  if (source.metadata['recipe'] !== recipe) {
    throw new Error(
      `"${file}" belongs to a training with other settings. Choose another folder, or remove it to start anew. ` +
        `It was made with ${source.metadata['recipe'] ?? 'no recipe'}; asked for is ${recipe}.`,
    )
  }
  const tensors = Object.fromEntries(
    source.names
      .filter((name) => name !== lossesName)
      .map((name) => [name, float32(requireWeight(source, name).shape, readWeightAsFloat32(source, name))]),
  )
  return { steps, recipe, losses: [...readWeightAsFloat32(source, lossesName)], tensors }
}

function openState(file: string): WeightSource {
  try {
    return openSafetensors(file)
  } catch (cause) {
    throw new Error(
      `"${file}" is damaged, so that the training cannot go on from it. Remove it to start anew, or put a copy of yours in its place. (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    )
  }
}
