import type { ComfyClass } from '../comfy-class.ts'
import { imageAdapters } from './image.ts'
import { maskAdapters } from './mask.ts'
import { samplingAdapters } from './sampling.ts'

/** ComfyUI's node classes that have a native counterpart. One whose native node is not registered is not offered. */
export const adapters: readonly ComfyClass[] = [...samplingAdapters, ...imageAdapters, ...maskAdapters]
