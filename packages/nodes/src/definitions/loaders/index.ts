import { loadCheckpoint } from './load-checkpoint.ts'
import { loadControlNet } from './load-control-net.ts'
import { loadLora } from './load-lora.ts'
import { loadUpscaler } from './load-upscaler.ts'
import { loadVae } from './load-vae.ts'

export const loaderNodes = [loadCheckpoint, loadControlNet, loadLora, loadUpscaler, loadVae]
