import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import { isDiffusersFolder, openDiffusersFolder } from './diffusers-folder.ts'
import { isExportedPipeline, openExportedPipeline } from './exported-pipeline.ts'
import { openSingleFile } from './single-file.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/**
 * Opens a checkpoint as found on a disk: a diffusers folder, an ONNX pipeline or a single file. Only headers and
 * configs are read.
 * @throws CheckpointError, ConfigError or WeightError, each with a sentence that names the file and what is wrong
 * with it
 */
export function openCheckpoint(path: string): Checkpoint {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (!kind) throw new CheckpointError(`There is no checkpoint at ${path}`)
  if (!kind.isDirectory()) return openSingleFile(openWeightFile(path))
  if (isExportedPipeline(path)) return openExportedPipeline(path)
  if (isDiffusersFolder(path)) return openDiffusersFolder(path)
  throw new CheckpointError(
    `The folder ${basename(path)} is no checkpoint: expected a model_index.json in it, as diffusers and optimum write it`,
  )
}
