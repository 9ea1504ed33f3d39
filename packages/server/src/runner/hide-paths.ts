import type { RunErrorReport, RunEvent } from '@patchbay/engine/workflow'
import { homedir, tmpdir } from 'node:os'
import { sep } from 'node:path'

/** Folders of this machine that no message names, by what a person knows them as. */
export type NamedFolders = readonly (readonly [name: string, path: string])[]

/**
 * Takes the places of this machine's folders out of messages: what people read names a folder as they know it, and
 * what lies in it. The log keeps the whole.
 */
export function createPathHider(folders: NamedFolders) {
  const known: NamedFolders = [...folders, ['~', homedir()], ['temp', tmpdir()], ['patchbay', process.cwd()]]
  const roots = known.filter(([, path]) => path.length > 1).toSorted(([, a], [, b]) => b.length - a.length)
  function text(message: string): string {
    let shown = message
    for (const [name, path] of roots)
      if (shown.includes(path)) shown = shown.replaceAll(path + sep, `${name}/`).replaceAll(path, name)
    return shown
  }
  const report = (error: RunErrorReport): RunErrorReport => ({
    ...error,
    message: text(error.message),
    ...(error.causes ? { causes: error.causes.map(text) } : {}),
  })
  return {
    text,
    report,
    event(event: RunEvent): RunEvent {
      switch (event.type) {
        case 'node-failed':
        case 'run-failed':
          return { ...event, error: report(event.error) }
        case 'node-warned':
        case 'node-retried':
          return { ...event, message: text(event.message) }
        case 'node-blocked':
        case 'node-skipped':
          return event.reason === undefined ? event : { ...event, reason: text(event.reason) }
        default:
          return event
      }
    },
  }
}
