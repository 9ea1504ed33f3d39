import { isFinished } from '@patchbay/engine/workflow'
import type { Editor } from '../editor.ts'

/** Reads the lists of files again when a job has ended that may have written some. The answer ends it. */
export function refreshFiles({ session, files }: Pick<Editor, 'session' | 'files'>): () => void {
  return session.store.subscribe((state, before) => {
    if (state.jobs === before.jobs) return
    const hasEnded = state.jobs.some(({ id, state: now }) => {
      const earlier = before.jobs.find((job) => job.id === id)
      return earlier !== undefined && isFinished(now) && !isFinished(earlier.state)
    })
    if (hasEnded) files.refresh()
  })
}
