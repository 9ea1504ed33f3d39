import type { Family, LatentSpace } from './family.ts'
import { isUNetFor } from './recognised-unet.ts'
import { markedProcess } from './process-of-file.ts'

/** The autoencoder of Stable Diffusion 1 and 2 (Rombach et al. 2022). */
export const stableDiffusionLatents: LatentSpace = { channels: 4, scale: 8, shift: 0, factor: 0.18215 }

/** Stable Diffusion 1 and what was made of it; CLIP ViT-L. */
export const sd1: Family = {
  title: 'SD 1',
  recognise: (evidence) => isUNetFor(evidence, { width: 768 }),
  textEncoders: [{ kind: 'clip', width: 768, state: 'last', finalNorm: true, pooled: false }],
  latents: stableDiffusionLatents,
  nativeSize: () => 512,
  preview: 'taesd',
  process: (checkpoint) => markedProcess(checkpoint),
}
