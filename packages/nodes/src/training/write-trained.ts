import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors, writeSafetensors } from '@patchbay/onnx'
import type { GlowConfig } from '../architectures/glow/config.ts'
import { autoencoderKLJson } from '../architectures/autoencoder-kl/config.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import { recipeFile, weightsOf } from '../opening/write-checkpoint.ts'
import type { Services } from '../host/services.ts'
import type { Trained } from './loop/train.ts'
import { reasonOf, type NamedTensors } from './loop/training-state.ts'

/**
 * Where what is trained is to be written. Asked for before a training begins, so that hours are not lost to a name.
 * @throws Error where something is there that no training has made
 */
export async function claimedPath(services: Services, folder: string, name: string): Promise<string> {
  const path = await services.newPath(folder, name)
  if (!existsSync(path) || recipeIn(path) !== undefined) return path
  throw new Error(`There is a "${name}" in ${folder} already, and no training has made it: choose another name.`)
}

/**
 * Writes what a training has made, but where the very same is there already: a file that is written again is another
 * file to all that depends on it, such as the training of a denoiser on this autoencoder.
 */
export function writeTrained(path: string, { recipe }: Pick<Trained, 'recipe'>, write: (path: string) => void): void {
  if (recipeIn(path) === recipe) return
  try {
    write(path)
  } catch (cause) {
    throw new Error(
      `What was trained cannot be written to "${path}": ${reasonOf(cause)}. Its state is kept: mend that, and run again to have it written.`,
      { cause },
    )
  }
}

function recipeIn(path: string): string | undefined {
  try {
    const recipe = join(path, recipeFile)
    return existsSync(recipe) ? readFileSync(recipe, 'utf8') : openSafetensors(path).metadata['recipe']
  } catch {
    return undefined
  }
}

/** Writes a network that scores pictures as a folder that the loaders of scores open. */
export function writeScorer(folder: string, config: object, weights: NamedTensors, recipe: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`)
  const metadata = { format: 'pt', recipe }
  writeSafetensors(scorerWeights(folder), weightsOf(weights), { metadata, floatType: 'float16' })
  // Last: where it is, the rest is whole.
  writeFileSync(join(folder, recipeFile), recipe)
}

export const scorerWeights = (folder: string): string => join(folder, 'model.safetensors')

/** Writes an autoencoder by itself; its config is in the file, since shapes do not tell all of it. */
export function writeAutoencoder(
  path: string,
  { config, weights }: AutoencoderModel['part'],
  { recipe }: Trained,
): void {
  const metadata = { format: 'pt', recipe, config: JSON.stringify(autoencoderKLJson(config)) }
  writeSafetensors(path, weights, { metadata, floatType: 'float16' })
}

/** Writes a flow by itself, in half precision: the side of its pictures is in the file, since shapes do not tell it. */
export function writeFlow(path: string, weights: NamedTensors, { size }: GlowConfig, { recipe }: Trained): void {
  writeSafetensors(path, weightsOf(weights), {
    metadata: { format: 'pt', recipe, size: String(size) },
    floatType: 'float16',
  })
}
