import { applyControlNet } from './apply-control-net.ts'
import { averageConditioning } from './average-conditioning.ts'
import { clipSkip } from './clip-skip.ts'
import { combineConditioning } from './combine-conditioning.ts'
import { concatConditioning } from './concat-conditioning.ts'
import { conditioningArea } from './conditioning-area.ts'
import { conditioningMask } from './conditioning-mask.ts'
import { conditioningRange } from './conditioning-range.ts'
import { conditioningScore } from './conditioning-score.ts'
import { conditioningSizes } from './conditioning-sizes.ts'
import { conditioningStrength } from './conditioning-strength.ts'
import { inpaintConditioning } from './inpaint-conditioning.ts'
import { textEncode } from './text-encode.ts'
import { zeroConditioning } from './zero-conditioning.ts'

export const conditioningNodes = [
  applyControlNet,
  averageConditioning,
  clipSkip,
  combineConditioning,
  concatConditioning,
  conditioningArea,
  conditioningMask,
  conditioningRange,
  conditioningScore,
  conditioningSizes,
  conditioningStrength,
  inpaintConditioning,
  textEncode,
  zeroConditioning,
]
