import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors, writeSafetensors } from '@patchbay/onnx'
import { autoencoderKLJson } from '../architectures/autoencoder-kl-config.ts'
import type { AutoencoderModel } from '../models/image-autoencoder.ts'
import { recipeFile } from '../models/write-checkpoint.ts'
import type { Services } from '../services.ts'
import type { Trained } from './train.ts'

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
 * Writes what a training has made, but where the very same is there already: a file that is written again is another file to all that
 * depends on it, such as the training of a denoiser on this autoencoder.
 */
export function writeTrained(path: string, { recipe }: Pick<Trained, 'recipe'>, write: (path: string) => void): void {
  if (recipeIn(path) !== recipe) write(path)
}

function recipeIn(path: string): string | undefined {
  try {
    const recipe = join(path, recipeFile)
    return existsSync(recipe) ? readFileSync(recipe, 'utf8') : openSafetensors(path).metadata['recipe']
  } catch {
    return undefined
  }
}

/** Writes an autoencoder by itself; its config is in the file, since shapes do not tell all of it. */
export function writeAutoencoder(
  path: string,
  { config, weights }: AutoencoderModel['part'],
  { recipe }: Trained,
): void {
  const metadata = { format: 'pt', recipe, config: JSON.stringify(autoencoderKLJson(config)) }
  writeSafetensors(path, weights, { metadata, floatType: 'float16' })
}
