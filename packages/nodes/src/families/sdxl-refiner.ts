import type { Family } from './family.ts'
import { markedProcess } from './process-of-file.ts'
import { bigG, xlLatents } from './sdxl.ts'

/**
 * SDXL's refiner: OpenCLIP's bigG alone, and an aesthetic score in place of the size that is wanted (Podell et al.
 * 2023, section 2.5).
 */
export const sdxlRefiner: Family = {
  title: "SDXL's refiner",
  recognise: ({ network }) => network.takesAestheticScore,
  textEncoders: [bigG],
  latents: xlLatents,
  nativeSize: () => 1024,
  preview: 'taesdxl',
  process: (checkpoint) => markedProcess(checkpoint),
}
