import type { JsonObject } from '@patchbay/engine'
import type { ControlNetModel } from '../models/control-net.ts'

/** What is known of a ControlNet before anything runs. */
export function traitsOfControlNet({ family, config }: ControlNetModel): JsonObject {
  return { family, conditioningWidth: config.unet.crossAttentionDim, latentChannels: config.unet.inChannels }
}
