import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const prefix = 'patchbay-tests-'

/**
 * Everything that tests and the processes that they start put into the temporary folder goes into one that is removed with
 * the run. Its name has the run's process, so that those of runs that were killed are found and removed too.
 */
export default function setup(): () => void {
  const outer = realpathSync(tmpdir())
  // Each project of the run calls this; the first has done it.
  if (basename(outer).startsWith(`${prefix}${process.pid}-`)) return () => undefined
  for (const name of readdirSync(outer)) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(outer, name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(outer, `${prefix}${process.pid}-`))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  return () => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(folder, { recursive: true, force: true })
  }
}

function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
