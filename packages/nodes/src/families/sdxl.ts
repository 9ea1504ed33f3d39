import type { ClipRecipe } from './text-encoder-recipe.ts'
import type { Family, LatentSpace } from './family.ts'
import { markedProcess } from './process-of-file.ts'
import { isUNetFor } from './recognised-unet.ts'

/** The autoencoder of SDXL: the structure of the older ones, trained anew (Podell et al. 2023, section 2.4). */
export const xlLatents: LatentSpace = { channels: 4, scale: 8, shift: 0, factor: 0.13025 }

/** OpenCLIP's ViT-bigG, whose pooled text conditions too. */
export const bigG: ClipRecipe = { kind: 'clip', width: 1280, state: 'penultimate', finalNorm: false, pooled: true }

/** Stable Diffusion XL; CLIP ViT-L and OpenCLIP's bigG side by side (Podell et al. 2023). */
export const sdxl: Family = {
  title: 'SDXL',
  recognise: (evidence) => isUNetFor(evidence, { width: 2048 }),
  textEncoders: [{ kind: 'clip', width: 768, state: 'penultimate', finalNorm: false, pooled: false }, bigG],
  latents: xlLatents,
  nativeSize: () => 1024,
  preview: 'taesdxl',
  process: (checkpoint) => markedProcess(checkpoint),
}
