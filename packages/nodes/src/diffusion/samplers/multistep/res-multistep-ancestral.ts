import { resMultistepWith } from './res-multistep.ts'

/** `res_multistep` to a lower sigma, then noise back up to the next. */
export const res_multistep_ancestral = resMultistepWith({ isAncestral: true })
