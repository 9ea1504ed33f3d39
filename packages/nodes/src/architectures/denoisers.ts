import { unet2dConditionArchitecture } from './unet-2d-condition/index.ts'

/** The architectures of denoising networks: a new one is a folder and a line here. Files are tried in this order. */
export const denoisers = {
  'unet-2d-condition': unet2dConditionArchitecture,
}
