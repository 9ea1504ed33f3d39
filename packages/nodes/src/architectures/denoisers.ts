import { flux2TransformerArchitecture } from './flux2-transformer/index.ts'
import { fluxTransformerArchitecture } from './flux-transformer/index.ts'
import { sd3TransformerArchitecture } from './sd3-transformer/index.ts'
import { unet2dConditionArchitecture } from './unet-2d-condition/index.ts'
import { zImageTransformerArchitecture } from './z-image-transformer/index.ts'

/** The architectures of denoising networks: a new one is a folder and a line here. Files are tried in this order. */
export const denoisers = {
  'unet-2d-condition': unet2dConditionArchitecture,
  'sd3-transformer': sd3TransformerArchitecture,
  'flux-transformer': fluxTransformerArchitecture,
  'flux2-transformer': flux2TransformerArchitecture,
  'z-image-transformer': zImageTransformerArchitecture,
}
