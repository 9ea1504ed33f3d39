import { uniPcWith } from './uni-pc.ts'

/** UniPC with B₂(h) = e^h − 1, the better choice under strong guidance. */
export const uni_pc_bh2 = uniPcWith(Math.expm1)
