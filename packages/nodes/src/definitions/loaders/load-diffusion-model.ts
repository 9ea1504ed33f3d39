import { choice, file } from '@patchbay/engine'
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
    weightType: choice(['as stored', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'], 'as stored', {
      advanced: true,
      description:
        'What workflows from elsewhere keep weights as, to save memory. Here they are read as their file stores them.',
    }),
  },
  outputs: { model: Model },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values }, services) {
    const { denoiser, ...opened } = openDiffusionModel(await services.pathOf('diffusion_models', values.model ?? ''))
    const precision = wantedPrecision(values, services)
    return { model: traitsOfModel({ ...opened, denoiser: { ...denoiser, precision } }) }
  },
  async run({ model, precision, weightType }, { services, warn }) {
    if (weightType !== 'as stored') {
      warn(
        `The weights of ${model} were asked for as ${weightType}, to save memory, but are read as their file stores them: the picture is the finer one. The input precision makes a model smaller here.`,
      )
    }
    const loaded = loadDiffusionModel(await services.pathOf('diffusion_models', model))
    const isExported = loaded.denoising.part.exported !== undefined
    return { model: modelAt(loaded, await precisionHere({ precision }, services, warn, { isExported })) }
  },
})
