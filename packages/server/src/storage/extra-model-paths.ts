import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'

/** ComfyUI's older names of folders. */
const renamed: { readonly [name: string]: string } = { clip: 'text_encoders', unet: 'diffusion_models' }

/**
 * More model folders from ComfyUI's `extra_model_paths.yaml`: sections with a `base_path` and, by folder name, one path
 * a line. Paths are relative to the base, and the base to the file.
 */
export async function readExtraModelPaths(file: string): Promise<{ [folder: string]: string[] }> {
  const sections: unknown = parse(await readFile(file, 'utf8'))
  if (typeof sections !== 'object' || sections === null) {
    throw new Error(`${file} holds no sections of model folders; see ComfyUI's extra_model_paths.yaml.example.`)
  }
  const folders: Record<string, string[]> = {}
  for (const section of Object.values(sections)) {
    if (typeof section !== 'object' || section === null) continue
    const { base_path: base = '', is_default: _default, ...named } = section as { [name: string]: unknown }
    const root = resolve(dirname(file), typeof base === 'string' ? base : '')
    for (const [name, paths] of Object.entries(named)) {
      if (typeof paths !== 'string') continue
      const roots = paths
        .split('\n')
        .map((path) => path.trim())
        .filter(Boolean)
        .map((path) => (isAbsolute(path) ? path : join(root, path)))
      const folder = renamed[name] ?? name
      folders[folder] = [...(folders[folder] ?? []), ...roots]
    }
  }
  return folders
}
