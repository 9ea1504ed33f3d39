import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { readWeightAsFloat32, type WeightSource } from '../weights/weight-source.ts'
import { refusal } from './refusal.ts'

/** Files by their names below `model/`. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** A folder for each test, with a folder `model` in it that files must not reach out of. */
export interface HostileFolder {
  path(name: string): string
  /**
   * Writes files below `model/`, opens one of them and reads all of its weights: what was refused, in its words, or
   * `accepted`.
   */
  refusalOf(open: (path: string) => WeightSource, name: string, files: Files): string
}

export function hostileFolder(): HostileFolder {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchbay-hostile-'))
    mkdirSync(join(folder, 'model'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  return {
    path: (name) => join(folder, name),
    refusalOf: (open, name, files) => {
      for (const [each, bytes] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, 'model', each)), { recursive: true })
        writeFileSync(join(folder, 'model', each), bytes)
      }
      return refusal(() => {
        const source = open(join(folder, 'model', name))
        for (const weight of source.names) readWeightAsFloat32(source, weight)
      })
    },
  }
}
