import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Two servers on one data directory would run jobs twice; the second is refused. Returns how to let go. */
export function holdDirectory(directory: string): () => void {
  const path = join(directory, 'server.pid')
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => {
        rmSync(path, { force: true })
      }
    } catch (error) {
      if (attempt > 2 || !(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const holder = Number(readFileSync(path, 'utf8'))
      if (holder !== process.pid && isAlive(holder)) {
        throw new Error(
          `Another server (process ${holder}) uses ${directory}. Stop it, or start this one with another --data-directory.`,
        )
      }
      rmSync(path, { force: true })
    }
  }
}

function isAlive(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
