import { loadLatents } from './load-latents.ts'
import { saveLatents } from './save-latents.ts'
import { addLatents } from './add-latents.ts'
import { batchLatentsNode } from './batch-latents.ts'
import { blendLatents } from './blend-latents.ts'
import { compositeLatentsNode } from './composite-latents.ts'
import { cropLatentsNode } from './crop-latents.ts'
import { emptyLatents } from './empty-latents.ts'
import { flipLatentsNode } from './flip-latents.ts'
import { multiplyLatentsNode } from './multiply-latents.ts'
import { pickLatentsNode } from './pick-latents.ts'
import { repeatLatents } from './repeat-latents.ts'
import { resizeLatentsNode } from './resize-latents.ts'
import { scaleLatentsNode } from './scale-latents.ts'
import { setNoiseMask } from './set-noise-mask.ts'
import { turnLatentsNode } from './turn-latents.ts'
import { vaeDecodeTiled } from './vae-decode-tiled.ts'
import { vaeDecode } from './vae-decode.ts'
import { vaeEncodeInpaint } from './vae-encode-inpaint.ts'
import { vaeEncode } from './vae-encode.ts'

export const latentNodes = [
  loadLatents,
  saveLatents,
  addLatents,
  batchLatentsNode,
  blendLatents,
  compositeLatentsNode,
  cropLatentsNode,
  emptyLatents,
  flipLatentsNode,
  multiplyLatentsNode,
  pickLatentsNode,
  repeatLatents,
  resizeLatentsNode,
  scaleLatentsNode,
  setNoiseMask,
  turnLatentsNode,
  vaeDecodeTiled,
  vaeDecode,
  vaeEncodeInpaint,
  vaeEncode,
]
