import { statSync } from 'node:fs'
import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { parseUpscaler } from '../../networks/upscaler.ts'
import { openWeightFile } from '../../weights/weight-file.ts'
import { Upscaler } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput } from './precision-input.ts'

/** A network that enlarges pictures, from its own file. */
export const loadUpscaler = defineNode({
  type: 'LoadUpscaler',
  version: 1,
  category: 'loaders',
  description:
    'Opens a network that enlarges pictures: ESRGAN, Real-ESRGAN and its compact form, residual dense networks.',
  aliases: ['UpscaleModelLoader', 'esrgan', 'upscale model', 'super resolution'],
  inputs: {
    upscaler: file({
      folder: 'upscale_models',
      accept: ['.safetensors', '.pth'],
      default: 'esrgan-medium-4x.safetensors',
    }),
    precision: precisionInput,
  },
  outputs: { upscaler: Upscaler },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values: { upscaler = '' } }, services) {
    const { scale } = parseUpscaler(openWeightFile(await services.pathOf('upscale_models', upscaler)))
    return { upscaler: { scale } }
  },
  async run({ upscaler, precision: wanted }, { services, warn }) {
    const path = await services.pathOf('upscale_models', upscaler)
    const { size, mtimeMs } = statSync(path)
    const precision = await precisionHere({ precision: wanted }, services, warn)
    const key = `${path}|${size}|${mtimeMs}|${precision}`
    return { upscaler: { key, upscaler: { ...parseUpscaler(openWeightFile(path)), precision } } }
  },
})
