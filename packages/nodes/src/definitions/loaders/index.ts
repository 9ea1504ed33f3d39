import { loadCheckpoint } from './load-checkpoint.ts'
import { loadClipVision } from './load-clip-vision.ts'
import { loadControlNet } from './load-control-net.ts'
import { loadDiffusionModelNode } from './load-diffusion-model.ts'
import { loadLora } from './load-lora.ts'
import { loadTextEncoder } from './load-text-encoder.ts'
import { loadUpscaler } from './load-upscaler.ts'
import { loadVae } from './load-vae.ts'

export const loaderNodes = [
  loadCheckpoint,
  loadClipVision,
  loadControlNet,
  loadDiffusionModelNode,
  loadLora,
  loadTextEncoder,
  loadUpscaler,
  loadVae,
]
