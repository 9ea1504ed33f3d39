import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'

/** ComfyUI's older names of folders. */
const renamed: { readonly [name: string]: string } = { clip: 'text_encoders', unet: 'diffusion_models' }

export interface ExtraModelPaths {
  readonly folders: { readonly [folder: string]: readonly string[] }
  /** A sentence for each line that names no folder. */
  readonly problems: readonly string[]
}

/**
 * More model folders from ComfyUI's `extra_model_paths.yaml`: sections with a `base_path` and, by folder name, one path
 * a line, or a list of them. Paths are relative to the base, and the base to the file; `~`, `$NAME` and `%NAME%` stand
 * for the home folder and variables of the environment.
 */
export async function readExtraModelPaths(file: string): Promise<ExtraModelPaths> {
  const sections: unknown = parse(await readFile(file, 'utf8'))
  if (typeof sections !== 'object' || sections === null) {
    throw new Error(`${file} holds no sections of model folders; see ComfyUI's extra_model_paths.yaml.example.`)
  }
  const folders = new Map<string, readonly string[]>()
  const problems: string[] = []
  for (const [title, section] of Object.entries(sections)) {
    if (typeof section !== 'object' || section === null || Array.isArray(section)) {
      problems.push(`${file}: ${title} is no section of folders; it is left out.`)
      continue
    }
    const { base_path: base = '', is_default: _default, ...named } = section as { [name: string]: unknown }
    const root = resolve(dirname(file), typeof base === 'string' ? expanded(base) : '')
    if (typeof base !== 'string') problems.push(`${file}: base_path of ${title} is no text; it is left out.`)
    for (const [name, said] of Object.entries(named)) {
      const paths = pathsIn(said)
      if (!paths) problems.push(`${file}: ${name} of ${title} names no folders: give a path, one a line, or a list.`)
      const roots = (paths ?? []).map((path) => (isAbsolute(path) ? path : join(root, path)))
      for (const missing of roots.filter((path) => !isFolder(path)))
        problems.push(`${file}: ${name} of ${title} names ${missing}, where no folder is.`)
      const folder = renamed[name] ?? name
      folders.set(folder, [...(folders.get(folder) ?? []), ...roots])
    }
  }
  return { folders: Object.fromEntries(folders), problems }
}

/** The paths of a folder; undefined where none are meant. */
function pathsIn(said: unknown): readonly string[] | undefined {
  const lines = Array.isArray(said) ? (said as readonly unknown[]) : typeof said === 'string' ? said.split('\n') : []
  if (lines.length === 0 || lines.some((line) => typeof line !== 'string')) return undefined
  return lines.map((line) => expanded(String(line).trim())).filter(Boolean)
}

/** A variable that is not set stays as it is written. */
const expanded = (path: string): string =>
  path
    .replace(/^~(?=$|[/\\])/, () => homedir())
    .replace(
      /\$\{(\w+)\}|\$(\w+)|%(\w+)%/g,
      (written, braced?: string, bare?: string, percent?: string) =>
        process.env[braced ?? bare ?? percent ?? ''] ?? written,
    )

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
