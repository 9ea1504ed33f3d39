import type { Family } from './family.ts'
import { markedProcess } from './process-of-file.ts'
import { stableDiffusionLatents } from './sd1.ts'

/**
 * What no family recognises: they run by what their files say, and Stable Diffusion's defaults where those say
 * nothing.
 */
export const unknown: Family = {
  title: 'an unknown family',
  recognise: () => false,
  textEncoders: [],
  latents: stableDiffusionLatents,
  process: (checkpoint) => markedProcess(checkpoint),
}
