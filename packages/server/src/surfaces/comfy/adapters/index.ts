import type { ComfyClass } from '../classes/comfy-class.ts'
import { audioAdapters } from './audio.ts'
import { conditioningAdapters } from './conditioning.ts'
import { customSamplingAdapters } from './custom-sampling.ts'
import { encodedImageAdapters } from './encoded-images.ts'
import { imageEditingAdapters } from './image-editing.ts'
import { imageExtraAdapters } from './image-extras.ts'
import { imageAdapters } from './image.ts'
import { ipAdapterAdapters } from './ip-adapter.ts'
import { latentAdapters } from './latent.ts'
import { loaderAdapters } from './loaders.ts'
import { logicAdapters } from './logic.ts'
import { maskAdapters } from './mask.ts'
import { mergingAdapters } from './merging.ts'
import { modelPatchAdapters } from './model-patches.ts'
import { newerFamilyAdapters } from './newer-families.ts'
import { samplerAdapters } from './samplers.ts'
import { kritaClasses } from '../krita/classes.ts'
import { samplingAdapters } from './sampling.ts'
import { scheduleAdapters } from './schedules.ts'
import { videoAdapters } from './video.ts'
import { rebatchAdapters, stringAdapters } from './strings.ts'

/** ComfyUI's node classes that have a native counterpart. One whose native node is not registered is not offered. */
export const adapters: readonly ComfyClass[] = [
  ...samplingAdapters,
  ...loaderAdapters,
  ...newerFamilyAdapters,
  ...customSamplingAdapters,
  ...samplerAdapters,
  ...scheduleAdapters,
  ...modelPatchAdapters,
  ...ipAdapterAdapters,
  ...conditioningAdapters,
  ...latentAdapters,
  ...imageAdapters,
  ...imageEditingAdapters,
  ...imageExtraAdapters,
  ...audioAdapters,
  ...maskAdapters,
  ...videoAdapters,
  ...logicAdapters,
  ...stringAdapters,
  ...rebatchAdapters,
  ...mergingAdapters,
  ...encodedImageAdapters,
  ...kritaClasses,
]
