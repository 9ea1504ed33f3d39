import type { Job } from '@patchbay/client'
import { jobsOfTabs } from '../documents/workspace.ts'
import { say, type Editor } from '../editor.ts'

/** Says when a job of an open tab fails, wherever the person looks, and leads to its report. The answer ends it. */
export function tellFailures(editor: Editor): () => void {
  const { session, workspace } = editor
  return session.store.subscribe((state, before) => {
    if (state.jobs === before.jobs) return
    const own = jobsOfTabs(workspace.store.getState())
    for (const job of state.jobs) {
      const earlier = before.jobs.find(({ id }) => id === job.id)
      const justFailed = job.state === 'failed' && (earlier?.state === 'running' || earlier?.state === 'queued')
      if (justFailed && own.has(job.id)) tell(editor, job)
    }
  })
}

function tell({ surface, workspace, language }: Editor, { id, number, error }: Job): void {
  const { t } = language.getState()
  const message = error?.message ?? t('state.failed')
  say(surface, t('run.jobFailed', { number, message }), 'bad', {
    label: t('run.showProblem'),
    run: () => {
      const tab = workspace.store.getState().tabs.find(({ job, waiting }) => job === id || waiting.includes(id))
      if (tab) workspace.activate(tab.id)
      if (tab && tab.job !== id) {
        workspace.patch(tab.id, { job: id, waiting: tab.waiting.filter((one) => one !== id) })
      }
      surface.setState({ right: 'issues' })
    },
  })
}
