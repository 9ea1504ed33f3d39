import { existsSync } from 'node:fs'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { readConfig } from '../weights/component.ts'

/**
 * A file of JSON that a pipeline's folder must have; `title` is the folder's name, with which paths begin in messages.
 * @throws CheckpointError where it is missing or not JSON
 */
export function readJson(path: string, title: string): unknown {
  if (!existsSync(path)) {
    throw new CheckpointError(`${title} is no complete diffusers folder: ${path.slice(path.indexOf(title))} is missing`)
  }
  return readConfig(path, title)
}
