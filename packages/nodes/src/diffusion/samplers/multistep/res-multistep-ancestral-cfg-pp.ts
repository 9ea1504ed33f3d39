import { resMultistepWith } from './res-multistep.ts'

/** `res_multistep_ancestral` with CFG++. */
export const res_multistep_ancestral_cfg_pp = resMultistepWith({ isAncestral: true, isCfgPlusPlus: true })
