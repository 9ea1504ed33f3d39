import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Takes a folder of training state for this process, so that two runs of one training never write into each other. What
 * a process that is no more has left is taken over.
 * @returns how to give it back
 * @throws Error while another run has it
 */
export function claimTraining(folder: string, name: string): () => void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'claimed-by')
  const own = identityOf(process.pid) ?? ''
  for (;;) {
    try {
      writeFileSync(file, own, { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const holder = readFileSync(file, 'utf8')
    const [pid = ''] = holder.split(' ')
    if (identityOf(Number(pid)) === holder) {
      throw new Error(
        `"${name}" with these settings is being trained by another run already (process ${pid}). Wait for it, or give this one another name.`,
      )
    }
    rmSync(file, { force: true })
  }
}

/**
 * A process as no later one of the same number is: its number, with the time of its start where the system tells it.
 */
function identityOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined
  }
  try {
    // The 22nd field, counted behind the name of the program, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return `${pid}`
  }
}
