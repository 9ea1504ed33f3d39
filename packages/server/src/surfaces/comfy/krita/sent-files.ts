import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../../failure.ts'
import type { Folders } from '../../../storage/folders.ts'
import { confinedPath } from '../../../storage/safe-path.ts'
import { sniff } from '../../../storage/sniff.ts'
import type { ArtifactStore } from '../../../store/artifact-store.ts'

export interface SentFileDependencies {
  readonly folders: Pick<Folders, 'rootsOf'>
  readonly artifacts: Pick<ArtifactStore, 'read'>
}

const dayMs = 24 * 60 * 60_000
/** Below the input folder, where lists of its files do not look. */
const sentFolder = '.sent'

/** Pictures that a program sends before its prompts, kept for a day, and what prompts have made, by one name. */
export function createSentFiles({ folders, artifacts }: SentFileDependencies) {
  const rootOf = (folder: string): string => {
    const [root] = folders.rootsOf(folder)
    if (root === undefined) throw new Failure('not-found', `There is no folder ${folder}.`)
    return root
  }
  return {
    /** Whether it was not there before. The name stands for its content, so that it is never written twice. */
    async keepPicture(id: string, bytes: Buffer): Promise<boolean> {
      if (!/^[\w-]{1,100}$/.test(id))
        throw new Failure('invalid-request', 'The name of a picture has letters and digits.')
      if (!sniff(bytes)?.mime.startsWith('image/')) {
        throw new Failure('wrong-file-type', 'This is no picture.', { hint: 'Send a PNG, JPEG or WebP.' })
      }
      const folder = join(rootOf('input'), sentFolder)
      await mkdir(folder, { recursive: true })
      await removeOld(folder)
      const path = join(folder, id)
      const now = new Date()
      if (
        await utimes(path, now, now).then(
          () => true,
          () => false,
        )
      ) {
        return false
      }
      await writeWhole(path, bytes)
      return true
    },
    /** One that was sent, or one that a prompt has made. */
    async picture(id: string): Promise<{ readonly bytes: Buffer; readonly mime: string } | undefined> {
      if (!/^[\w-]{1,100}$/.test(id)) return undefined
      const made = /^[0-9a-f]{64}$/.test(id) ? await artifacts.read(`sha256:${id}`) : undefined
      const bytes = made ?? (await readFile(join(rootOf('input'), sentFolder, id)).catch(() => undefined))
      const mime = bytes && sniff(bytes)?.mime
      return bytes && mime?.startsWith('image/') ? { bytes, mime } : undefined
    },
    /** Whether it was not there before. */
    async keepLora(name: string, bytes: Buffer): Promise<boolean> {
      if (!name.toLowerCase().endsWith('.safetensors')) {
        throw new Failure('wrong-file-type', `"${name.slice(0, 200)}" is no .safetensors file.`)
      }
      const path = await confinedPath(rootOf('loras'), name)
      const there = await stat(path).catch(() => undefined)
      if (there?.isFile() && there.size === bytes.length && (await readFile(path)).equals(bytes)) return false
      if (there) throw new Failure('conflict', `There is another LoRA "${name.slice(0, 200)}".`)
      await mkdir(dirname(path), { recursive: true })
      await writeWhole(path, bytes)
      return true
    },
  }
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined)
    if (stats && Date.now() - stats.mtimeMs > dayMs) await rm(path, { force: true })
  }
}

/** Appears under its name when it is whole. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}`)
  await writeFile(temporary, bytes)
  await rename(temporary, path)
}
