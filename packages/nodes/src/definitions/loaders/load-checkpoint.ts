import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { checkpointAt, loadCheckpointParts } from '../../opening/checkpoint-values.ts'
import { traitsOfCheckpoint } from '../../opening/model-traits.ts'
import { Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput, wantedPrecision } from './precision-input.ts'

/** A checkpoint as found on a disk: its denoising network, its text encoder and its VAE. */
export const loadCheckpoint = defineNode({
  type: 'LoadCheckpoint',
  version: 1,
  category: 'loaders',
  description:
    'Opens a checkpoint where it lies: a single .safetensors or .ckpt file, or a folder as diffusers writes it, or one of ONNX graphs as optimum writes it. Stable Diffusion 1, 2, XL and the bundled model.',
  aliases: ['CheckpointLoaderSimple', 'ckpt', 'model'],
  inputs: {
    checkpoint: file({ folder: 'checkpoints', accept: ['.safetensors', '.ckpt', 'folder'], default: 'patchbay-mini' }),
    precision: precisionInput,
  },
  outputs: { model: Model, textEncoder: TextEncoder, vae: Vae },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values }, services) {
    const { checkpoint = '' } = values
    return traitsOfCheckpoint(await services.pathOf('checkpoints', checkpoint), wantedPrecision(values, services))
  },
  async run({ checkpoint, precision }, { services, block, warn }) {
    const parts = loadCheckpointParts(await services.pathOf('checkpoints', checkpoint))
    if (parts.warning !== undefined) warn(parts.warning)
    const isExported = parts.model.denoising.part.exported !== undefined
    const chosen = await precisionHere({ precision }, services, warn, { isExported })
    const { model, textEncoder, vae } = checkpointAt(parts, chosen)
    return {
      model,
      textEncoder: textEncoder ?? block(`The checkpoint ${checkpoint} has no text encoder: load one beside it.`),
      vae: vae ?? block(`The checkpoint ${checkpoint} has no VAE: load one with LoadVAE.`),
    }
  },
})
