import { readWeightAsFloat32, type WeightSource } from '@patchbay/onnx'
import type { Family } from './family.ts'
import { markedProcess } from './process-of-file.ts'
import { isUNetFor } from './recognised-unet.ts'
import { stableDiffusionLatents } from './sd1.ts'

/** Stable Diffusion 2; OpenCLIP's ViT-H, whose last layer is left out: folders hold 23 of its 24. */
export const sd2: Family = {
  title: 'SD 2',
  recognise: (evidence) => isUNetFor(evidence, { width: 1024 }),
  textEncoders: [{ kind: 'clip', width: 1024, state: 'penultimate', finalNorm: true, pooled: false, wholeLayers: 24 }],
  latents: stableDiffusionLatents,
  // Its v-prediction checkpoints saw larger pictures.
  nativeSize: ({ predictionType }) => (predictionType === 'v' ? 768 : 512),
  preview: 'taesd',
  process: (checkpoint, denoiser) => markedProcess(checkpoint, isVelocity(denoiser) ? 'v' : 'epsilon'),
}

/**
 * The v-prediction checkpoints of Stable Diffusion 2 (768 pixels) have wider biases in this norm than its epsilon
 * ones (512).
 */
function isVelocity(denoiser: WeightSource): boolean {
  const name = 'up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias'
  if (!denoiser.get(name)) return false
  const bias = readWeightAsFloat32(denoiser, name)
  const mean = bias.reduce((sum, x) => sum + x, 0) / bias.length
  const variance = bias.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (bias.length - 1)
  return Math.sqrt(variance) > 0.09
}
