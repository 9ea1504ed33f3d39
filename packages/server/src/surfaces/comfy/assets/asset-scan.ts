import type { Folders } from '../../../storage/folders.ts'
import type { AssetStore } from './asset-store.ts'
import { messageOf } from '../../../message-of.ts'

/** How far a scan has come, in files. */
export interface ScanProgress {
  readonly scanned: number
  readonly total: number
  readonly created: number
  readonly skipped: number
}
export interface AssetScan {
  /** Undefined while another one runs. */
  start(): Promise<void> | undefined
  /** False when none runs. */
  cancel(): boolean
  status(): { isRunning: boolean; progress: ScanProgress | undefined; errors: string[] }
}

const scanned = ['input', 'output'] as const

/** Makes assets of the files that lie in the folders of pictures already, one scan at a time. */
export function createAssetScan(folders: Pick<Folders, 'names'>, assets: AssetStore): AssetScan {
  let running: Promise<void> | undefined
  let isCancelled = false
  let progress: ScanProgress | undefined
  let errors: string[] = []

  async function scan(): Promise<void> {
    const listed = await Promise.all(
      scanned.map(async (folder) => (await folders.names(folder)).map((name) => ({ folder, name }))),
    )
    const files = listed.flat()
    const known = new Set((await assets.list()).map(({ folder, file }) => `${folder ?? 'input'}/${file}`))
    progress = { scanned: 0, total: files.length, created: 0, skipped: 0 }
    for (const { folder, name } of files) {
      if (isCancelled) return
      const isKnown = known.has(`${folder}/${name}`)
      const isMade = !isKnown && (await made(folder, name))
      progress = {
        ...progress,
        scanned: progress.scanned + 1,
        created: progress.created + (isMade ? 1 : 0),
        skipped: progress.skipped + (isKnown ? 1 : 0),
      }
    }
  }
  async function made(folder: (typeof scanned)[number], name: string): Promise<boolean> {
    try {
      await assets.register(folder, name)
      return true
    } catch (error) {
      // A file that goes while it is read, or leads out of its folder, is reported and left out.
      errors.push(`${folder}/${name}: ${messageOf(error)}`)
      return false
    }
  }

  return {
    start() {
      if (running) return undefined
      isCancelled = false
      progress = undefined
      errors = []
      running = scan().finally(() => (running = undefined))
      return running
    },
    cancel() {
      isCancelled = true
      return running !== undefined
    },
    status: () => ({ isRunning: running !== undefined, progress, errors }),
  }
}
