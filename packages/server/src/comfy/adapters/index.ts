import type { ComfyClass } from '../comfy-class.ts'

/** ComfyUI's node classes that have a native counterpart. */
export const adapters: readonly ComfyClass[] = []
