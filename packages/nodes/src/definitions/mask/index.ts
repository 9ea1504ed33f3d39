import { blurMask } from './blur-mask.ts'
import { colorToMask } from './color-to-mask.ts'
import { combine } from './combine-masks.ts'
import { cropMask } from './crop-mask.ts'
import { feather } from './feather-mask.ts'
import { grow } from './grow-mask.ts'
import { imageToMask } from './image-to-mask.ts'
import { invert } from './invert-mask.ts'
import { joinAlpha } from './join-alpha.ts'
import { maskToImage } from './mask-to-image.ts'
import { previewMask } from './preview-mask.ts'
import { solid } from './solid-mask.ts'
import { splitAlpha } from './split-alpha.ts'
import { threshold } from './threshold-mask.ts'

export const maskNodes = [
  blurMask,
  colorToMask,
  combine,
  cropMask,
  feather,
  grow,
  imageToMask,
  invert,
  joinAlpha,
  maskToImage,
  previewMask,
  solid,
  splitAlpha,
  threshold,
]
