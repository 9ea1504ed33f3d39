import { useStore } from 'zustand'
import { isFinished, type Issue } from '@patchbay/engine/workflow'
import { reveal } from '../../canvas/camera.ts'
import { useEditor, useRun, useT, useTab } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { IconButton } from '../controls.tsx'
import { attempt } from '../side/jobs-panel.tsx'
import { RunPanel } from './run-panel.tsx'
import './right.css'

/** The panel at the right: queue, problems, or what the run of this workflow did. */
export function RightPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const right = useStore(surface, (state) => state.right)
  if (!right) return null
  const title = { queue: t('queue.label'), issues: t('issues.label'), run: t('job.timeline') }[right]
  return (
    <aside className="side right" aria-label={title}>
      <header className="panel-header">
        <h2>{title}</h2>
        <IconButton icon="close" small label={t('app.close')} onClick={() => surface.setState({ right: undefined })} />
      </header>
      {right === 'queue' && <QueuePanel />}
      {right === 'issues' && <IssuesPanel stage={stage} />}
      {right === 'run' && <RunPanel stage={stage} />}
    </aside>
  )
}

function QueuePanel() {
  const t = useT()
  const editor = useEditor()
  const { client, session } = editor
  const jobs = useStore(session.store, (state) => state.jobs)
  const runs = useStore(session.store, (state) => state.runs)
  const queue = useStore(session.store, (state) => state.queue)
  const active = jobs
    .filter((job) => !isFinished(job.state))
    .sort(
      (a, b) =>
        Number(b.state === 'running') - Number(a.state === 'running') ||
        (a.position ?? a.number) - (b.position ?? b.number),
    )
  const waiting = active.filter((job) => job.state === 'queued')
  return (
    <div className="panel-body">
      <div className="queue-actions">
        <button
          type="button"
          className="button"
          onClick={() => void attempt(editor, queue?.paused ? client.queue.resume() : client.queue.pause())}
        >
          {t(queue?.paused ? 'queue.resume' : 'queue.pause')}
        </button>
        <button
          type="button"
          className="button"
          disabled={waiting.length === 0}
          onClick={() => void attempt(editor, client.queue.clear())}
        >
          {t('queue.clear')}
        </button>
      </div>
      <p className="soft">
        {t('queue.running', { count: active.length - waiting.length })} ·{' '}
        {t('queue.waiting', { count: waiting.length })}
      </p>
      {active.length === 0 && <p className="faint">{t('queue.empty')}</p>}
      <ul className="job-list">
        {active.map((job) => {
          const run = runs[job.id]
          return (
            <li key={job.id} className="job" data-state={job.state}>
              <div className="job-line">
                <span className="job-state" data-state={job.state}>
                  {t(`job.state.${job.state}`)}
                </span>
                <strong className="job-name">{job.name ?? t('job.number', { number: job.number })}</strong>
                <span className="faint">#{job.number}</span>
              </div>
              {run && run.total > 0 && (
                <>
                  <span className="progress">
                    <span style={{ width: `${(run.done / run.total) * 100}%` }} />
                  </span>
                  <span className="faint">{t('run.progress', { done: run.done, total: run.total })}</span>
                </>
              )}
              <div className="job-line job-actions">
                {job.state === 'queued' && (
                  <>
                    <IconButton
                      icon="up"
                      small
                      label={t('queue.first')}
                      onClick={() =>
                        void attempt(
                          editor,
                          client.jobs.change(job.id, { move: 'front' }).then(() => session.loadJobs()),
                        )
                      }
                    />
                    <IconButton
                      icon="down"
                      small
                      label={t('queue.last')}
                      onClick={() =>
                        void attempt(
                          editor,
                          client.jobs.change(job.id, { move: 'back' }).then(() => session.loadJobs()),
                        )
                      }
                    />
                  </>
                )}
                <IconButton
                  icon="close"
                  small
                  label={t('queue.cancel', { number: job.number })}
                  onClick={() => void attempt(editor, client.jobs.cancel(job.id))}
                />
              </div>
            </li>
          )
        })}
      </ul>
      {queue?.devices.map((device) => (
        <p key={device.name} className="faint">
          {device.name}: {device.state}
          {device.message ? ` · ${device.message}` : ''}
        </p>
      ))}
    </div>
  )
}

const none: readonly Issue[] = []

/** Problems that the server found before running, and the error of the run. */
function IssuesPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const tab = useTab()
  const issues = useStore(surface, (state) => state.issues[tab.id]) ?? none
  const error = useRun((run) => run.error)
  const show = (node: string): void => {
    const [top = node] = node.split('/')
    tab.document.leaveTo(0)
    tab.document.select([top])
    if (stage) void reveal(stage, top)
  }
  return (
    <div className="panel-body">
      {issues.length === 0 && !error && <p className="faint">{t('issues.none')}</p>}
      <ul className="issue-list">
        {issues.map((issue, index) => (
          <li key={index} className="issue" data-severity={issue.severity}>
            <p>{issue.message}</p>
            <span className="faint">{issue.path}</span>
            {issue.node !== undefined && (
              <button type="button" className="button" onClick={() => show(issue.node ?? '')}>
                {t('issues.show')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {error && (
        <section className="issue" data-severity="error">
          <p>{error.message}</p>
          {error.inputs && (
            <>
              <h3 className="panel-title">{t('error.inputs')}</h3>
              <pre className="report">{JSON.stringify(error.inputs, null, 2)}</pre>
            </>
          )}
          {error.causes && error.causes.length > 0 && (
            <>
              <h3 className="panel-title">{t('error.causes')}</h3>
              <ul>
                {error.causes.map((cause, index) => (
                  <li key={index} className="soft">
                    {cause}
                  </li>
                ))}
              </ul>
            </>
          )}
          <div className="queue-actions">
            {error.node !== undefined && (
              <button type="button" className="button" onClick={() => show(error.node ?? '')}>
                {t('issues.show')}
              </button>
            )}
            <button
              type="button"
              className="button"
              onClick={() => void navigator.clipboard.writeText(JSON.stringify(error, null, 2))}
            >
              {t('error.copy')}
            </button>
          </div>
        </section>
      )}
    </div>
  )
}
