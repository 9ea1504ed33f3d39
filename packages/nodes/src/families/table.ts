import type { Family } from './family.ts'
import { flux } from './flux.ts'
import { flux2, flux2Klein9b } from './flux2.ts'
import { mini } from './mini.ts'
import { sd1 } from './sd1.ts'
import { sd2 } from './sd2.ts'
import { sd3 } from './sd3.ts'
import { sdxl } from './sdxl.ts'
import { sdxlRefiner } from './sdxl-refiner.ts'
import { unknown } from './unknown.ts'
import { zImage } from './z-image.ts'

/**
 * The families by the names that traits and documents carry: a new one is a file and a line here. The first that
 * recognises wins.
 */
export const families = {
  mini,
  'sdxl-refiner': sdxlRefiner,
  sd1,
  sd2,
  sdxl,
  sd3,
  flux,
  'flux2-9b': flux2Klein9b,
  flux2,
  'z-image': zImage,
  unknown,
} satisfies Record<string, Family>
