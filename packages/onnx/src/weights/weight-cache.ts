import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from './safetensors.ts'
import { writeSafetensors, type WriteOptions } from './safetensors-writer.ts'
import { createWeightSource, type Weight, weightByteLength, type WeightSource } from './weight-source.ts'

/** A file in the cache that holds some weights of a source in another form. */
export interface CachedWeights {
  readonly path: string
  /** Whether it is there already, so that opening it costs nothing. */
  readonly ready: boolean
  /** Opens the file, after writing it where it is not there. */
  open(): WeightSource
}

/**
 * The place in `folder` for a form of weights. It is named by what they are made from (paths, sizes, times of change,
 * ranges) and by `form`, so that a changed file is never mistaken for the old one. Nothing is written yet.
 */
export function cachedWeights(
  folder: string,
  form: string,
  origins: readonly Weight[],
  made: () => readonly Weight[],
  options: WriteOptions = {},
): CachedWeights {
  const path = join(folder, `${form}-${identityOf(form, origins)}.safetensors`)
  return {
    path,
    ready: existsSync(path),
    open: () => {
      if (!existsSync(path)) {
        mkdirSync(folder, { recursive: true })
        writeSafetensors(path, createWeightSource(made()), { metadata: { form }, ...options })
      }
      return openSafetensors(path)
    },
  }
}

function identityOf(form: string, origins: readonly Weight[]): string {
  const hash = createHash('sha256').update(form)
  const files = new Map<string, string>()
  for (const weight of origins) {
    const { name, dtype, shape, place } = weight
    hash.update(`\n${name} ${dtype} ${shape.join('x')} ${weightByteLength(weight)} `)
    if (place.type === 'memory') hash.update(place.bytes)
    else {
      const known = files.get(place.path) ?? fileIdentity(place.path)
      files.set(place.path, known)
      hash.update(`${known} ${place.offset}`)
    }
  }
  return hash.digest('hex').slice(0, 32)
}

function fileIdentity(path: string): string {
  const { size, mtimeMs, ino } = statSync(path)
  return `${path} ${size} ${mtimeMs} ${ino}`
}
