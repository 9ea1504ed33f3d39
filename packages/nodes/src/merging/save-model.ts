import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import { weightsWithUpdates } from '../weights/lora/weights-with-updates.ts'
import { writeCheckpointFolder } from '../opening/write-checkpoint.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'

export interface SavedParts {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel | undefined
  readonly vae?: AutoencoderModel | undefined
}

/**
 * Writes a model with all that was changed about it, LoRAs and merges, as a checkpoint of its own: a diffusers folder
 * in half precision. Throws an Error for a model that predicts the clean latents or as EDM does, and for a tiny
 * autoencoder: such folders have no word for them here.
 */
export async function saveModel(path: string, { model, textEncoder, vae }: SavedParts): Promise<void> {
  const { predictionType } = model.process
  if (predictionType === 'sample' || predictionType === 'edm') {
    const what = predictionType === 'edm' ? 'as EDM does' : 'the clean latents'
    throw new Error(`A model that predicts ${what} cannot be saved: expected epsilon, v or flow`)
  }
  if (vae?.part.tiny)
    throw new Error('A tiny autoencoder (TAESD) cannot be saved in a checkpoint: connect the VAE that it stands for')
  const { part, updates, key } = model.denoising
  const denoiser = { ...part, weights: await weightsWithUpdates(part.weights, updates) }
  const textEncoders: TextEncoderPart[] = []
  for (const [index, encoder] of (textEncoder?.encoders ?? []).entries()) {
    const own = textEncoder?.updates.filter(
      ({ update }) => update.part === (index === 0 ? 'textEncoder' : 'textEncoder2'),
    )
    const isChanged = own !== undefined && own.length > 0
    textEncoders.push(isChanged ? { ...encoder, weights: await weightsWithUpdates(encoder.weights, own) } : encoder)
  }
  writeCheckpointFolder(path, {
    denoiser,
    textEncoders,
    ...(vae && { autoencoder: vae.part }),
    prediction: predictionType,
    recipe: JSON.stringify({ savedFrom: key.replace(/[^|,( ]*[\\/]/g, '') }),
  })
}
