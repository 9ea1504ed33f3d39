import { isFinished, type JobState } from '@patchbay/engine/workflow'
import type { Tab } from '../documents/workspace.ts'
import type { Editor } from '../editor.ts'

type Followed = Pick<Editor, 'session' | 'workspace'>

/** The state of a job, as far as it is known here. */
export function stateOfJob({ session }: Pick<Editor, 'session'>, id: string): JobState | undefined {
  const { runs, jobs } = session.store.getState()
  return runs[id]?.state ?? jobs.find((job) => job.id === id)?.state
}

/**
 * Lets each tab show that of its jobs which runs: when the shown one has ended, or has not begun, the next that begins
 * takes its place, with the pictures that stood there until it has its own. The answer ends it.
 */
export function followJobs(editor: Followed): () => void {
  return editor.session.store.subscribe((state, before) => {
    if (state.runs === before.runs && state.jobs === before.jobs) return
    for (const tab of editor.workspace.store.getState().tabs) if (tab.waiting.length > 0) followIn(editor, tab)
  })
}

function followIn(editor: Followed, tab: Tab): void {
  const { session, workspace } = editor
  const stateOf = (id: string): JobState | undefined => stateOfJob(editor, id)
  const begun = tab.waiting.filter((id) => hasBegun(stateOf(id)))
  // One that was cancelled before it began has nothing to show.
  const dropped = tab.waiting.filter((id) => stateOf(id) === 'cancelled')
  const shown = tab.job === undefined ? undefined : stateOf(tab.job)
  const isBusy = shown === 'running' && tab.job !== undefined
  const next = isBusy ? undefined : (begun.find((id) => stateOf(id) === 'running') ?? begun.at(-1))
  if (next === undefined) {
    if (dropped.length > 0) workspace.patch(tab.id, { waiting: tab.waiting.filter((id) => !dropped.includes(id)) })
    return
  }
  const isPast = (id: string): boolean => id === next || dropped.includes(id) || isEnded(stateOf(id))
  const rest = tab.waiting.filter((id) => !isPast(id))
  workspace.patch(tab.id, {
    job: next,
    waiting: shown === 'queued' && tab.job !== undefined ? [tab.job, ...rest] : rest,
  })
  if (tab.job !== undefined) session.carryOver(next, tab.job)
}

function hasBegun(state: JobState | undefined): boolean {
  return state === 'running' || state === 'succeeded' || state === 'failed'
}

function isEnded(state: JobState | undefined): boolean {
  return state !== undefined && isFinished(state)
}
