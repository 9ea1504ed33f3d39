import type { WeightSource } from '@patchbay/onnx'
import { detectAutoencoderConfig, ldmAutoencoderOf } from '../architectures/autoencoder-kl/detect.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { denoiserArchitectures, denoiserIn, networkOf } from '../architectures/denoiser-part.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import type { Family } from '../families/family.ts'
import { familyNamed, familyOf } from '../families/model-family.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { looksLike } from '../weights/looks-like.ts'
import { unreadOf } from '../weights/unread-weights.ts'
import { expectFloats } from '../weights/weight-file.ts'
import { textEncodersOf } from './text-encoder-folder.ts'
import { textEncodersInCheckpoint } from './text-encoders-in-file.ts'

/**
 * Opens a single-file checkpoint in the layout of the original code, whatever its variant. Reads names, shapes and at
 * most one small weight.
 * @throws CheckpointError that says what the file looks like, where it is no checkpoint
 */
export function openSingleFile(source: WeightSource): Checkpoint {
  const denoiser = denoiserIn(source)
  if (!denoiser)
    throw new CheckpointError(
      `${source.title} is no checkpoint: it looks like ${looksLike(source, 'LoadCheckpoint')}; expected ${expectedDenoisers()} with its autoencoder and text encoder`,
    )
  const name = familyOf(denoiser)
  const family = familyNamed(name)
  const autoencoder = autoencoderIn(source, family)
  for (const part of [denoiser, autoencoder]) expectFloats(source.title, part?.weights)
  const takesPooled = networkOf(denoiser).pooledWidth !== undefined
  const process = family.process(source, denoiser.weights)
  const nativeSize = family.nativeSize?.(process)
  const texts = textEncodersInCheckpoint(source)
  const parts = [denoiser.weights, autoencoder?.weights, ...texts.map(({ weights }) => weights)]
  return {
    title: source.title,
    family: name,
    denoiser,
    ...(autoencoder && { autoencoder }),
    unread: unreadOf(source, parts),
    textEncoders: textEncodersOf(texts, family, takesPooled),
    process,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

/** What messages say is expected of a file: "a UNet". */
export const expectedDenoisers = (): string => denoiserArchitectures.map(({ title }) => title).join(' or ')

function autoencoderIn(source: WeightSource, { latents }: Family): AutoencoderPart | undefined {
  const weights = ldmAutoencoderOf(source)
  const config = weights && detectAutoencoderConfig(weights, latents)
  return weights && config && { config, weights }
}
