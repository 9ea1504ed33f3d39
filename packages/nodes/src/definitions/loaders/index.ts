import { loadCheckpoint } from './load-checkpoint.ts'
import { loadLora } from './load-lora.ts'
import { loadUpscaler } from './load-upscaler.ts'
import { loadVae } from './load-vae.ts'

export const loaderNodes = [loadCheckpoint, loadLora, loadUpscaler, loadVae]
