import { resMultistepWith } from './res-multistep.ts'

/** `res_multistep` with CFG++. */
export const res_multistep_cfg_pp = resMultistepWith({ isCfgPlusPlus: true })
