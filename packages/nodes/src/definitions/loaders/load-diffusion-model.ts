import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openDiffusionModel } from '../../opening/separate-parts.ts'
import { loadDiffusionModel, modelAt } from '../../opening/checkpoint-values.ts'
import { traitsOfModel } from '../../opening/model-traits.ts'
import { Model } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput, wantedPrecision } from './precision-input.ts'

/** A denoising network by itself, to use with text encoders and a VAE of its family. */
export const loadDiffusionModelNode = defineNode({
  type: 'LoadDiffusionModel',
  version: 1,
  category: 'loaders',
  description:
    'Opens a denoising network by itself: a file, or a folder as diffusers writes it. Load text encoders and a VAE of its family beside it.',
  aliases: ['UNETLoader', 'UnetLoaderGGUF', 'DiffusersLoader', 'unet'],
  inputs: {
    model: file({ folder: 'diffusion_models', accept: ['.safetensors', '.gguf', '.ckpt', '.pt', '.bin', 'folder'] }),
    precision: precisionInput,
  },
  outputs: { model: Model },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values }, services) {
    const { denoiser, ...opened } = openDiffusionModel(await services.pathOf('diffusion_models', values.model ?? ''))
    const precision = wantedPrecision(values, services)
    return { model: traitsOfModel({ ...opened, denoiser: { ...denoiser, precision } }) }
  },
  async run({ model, precision }, { services, warn }) {
    const loaded = loadDiffusionModel(await services.pathOf('diffusion_models', model))
    const isExported = loaded.denoising.part.exported !== undefined
    return { model: modelAt(loaded, await precisionHere({ precision }, services, warn, { isExported })) }
  },
})
