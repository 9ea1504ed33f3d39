import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const suffix = '.memo'

/**
 * Entries of a memo as files of one folder. Each is written beside and renamed, so a process that is killed leaves
 * whole entries only.
 */
export class EntryFiles {
  private readonly folder: string
  private written = 0

  constructor(folder: string) {
    this.folder = folder
  }

  /**
   * Fingerprints and sizes of the entries, the one used longest ago first. What a killed process left half written is
   * removed.
   */
  async sizes(): Promise<Map<string, number>> {
    const { folder } = this
    await mkdir(folder, { recursive: true })
    const files: { fingerprint: string; size: number; usedAt: number }[] = []
    for (const name of await readdir(folder, { recursive: true })) {
      const path = join(folder, name)
      if (name.endsWith('.part')) await rm(path, { force: true })
      if (!name.endsWith(suffix)) continue
      const { size, mtimeMs } = await stat(path)
      files.push({ fingerprint: name.slice(name.length - suffix.length - 43, -suffix.length), size, usedAt: mtimeMs })
    }
    files.sort((a, b) => a.usedAt - b.usedAt)
    return new Map(files.map(({ fingerprint, size }) => [fingerprint, size]))
  }

  read(fingerprint: string): Promise<Buffer> {
    return readFile(this.pathOf(fingerprint))
  }

  async write(fingerprint: string, entry: Uint8Array): Promise<void> {
    const path = this.pathOf(fingerprint)
    this.written++
    const beside = `${path}.${process.pid}-${this.written}.part`
    await mkdir(dirname(path), { recursive: true })
    await writeFile(beside, entry)
    await rename(beside, path)
  }

  /** Writes down that the entry is used at this moment. */
  async touch(fingerprint: string): Promise<void> {
    const now = new Date()
    await utimes(this.pathOf(fingerprint), now, now)
  }

  async remove(fingerprint: string): Promise<void> {
    await rm(this.pathOf(fingerprint), { force: true })
  }

  private pathOf(fingerprint: string): string {
    return join(this.folder, fingerprint.slice(0, 2), fingerprint + suffix)
  }
}
