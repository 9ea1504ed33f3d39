import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useRun, useT, useTab } from '../contexts/editor-context.tsx'
import { runCommand } from '../commands/keys.ts'
import type { Stage } from '../canvas/stage.ts'
import type { Surface } from '../state/editor.ts'
import { Hint, IconButton } from './controls.tsx'
import { RunEstimate } from './run-estimate.tsx'
import { RunMenu } from './run-menu.tsx'

/** Opens a panel at the right, or closes it. */
function usePanel(): readonly [Surface['right'], (name: NonNullable<Surface['right']>) => () => void] {
  const { surface } = useEditor()
  const right = useStore(surface, (state) => state.right)
  return [right, (name) => () => surface.setState({ right: right === name ? undefined : name })]
}

/** Run, how often, and what the queue does. */
export function RunControls({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const runs = useStore(editor.surface, (state) => state.runs)
  const running = useStore(editor.session.store, (state) => state.jobs.some((job) => job.state === 'running'))
  const [right, panel] = usePanel()
  const run = (id: string) => () => runCommand(id, { editor, tab, stage })
  return (
    <div className="run-controls">
      <ProblemsButton />
      <IconButton icon="timeline" label={t('job.timeline')} pressed={right === 'run'} onClick={panel('run')} />
      <QueueButton />
      <RunEstimate />
      {running && (
        <span className="stop-button">
          <IconButton icon="stop" label={t('run.cancel')} onClick={run('cancel')} />
        </span>
      )}
      <div className="run-button">
        <Hint text={t('run.runHint')}>
          <button type="button" className="button primary" onClick={run('run')}>
            <Icon name="play" filled />
            <span>{t('run.run')}</span>
            {runs > 1 && <span>× {runs}</span>}
          </button>
        </Hint>
        <RunMenu stage={stage} />
      </div>
    </div>
  )
}

/** How many problems there are: of the workflow as it stands, and of its last run. */
function ProblemsButton() {
  const t = useT()
  const tab = useTab()
  const { surface } = useEditor()
  const [right, panel] = usePanel()
  const issues = useStore(surface, (state) => state.checks[tab.id]?.issues.length ?? 0)
  const hasFailed = useRun((run) => run.error !== undefined) ?? false
  const count = issues + Number(hasFailed)
  if (count === 0) return null
  return (
    <button type="button" className="button issue-count" aria-pressed={right === 'issues'} onClick={panel('issues')}>
      <Icon name="alert" />
      {count}
      <span className="hidden-text">{t('issues.label')}</span>
    </button>
  )
}

function QueueButton() {
  const t = useT()
  const { session } = useEditor()
  const [right, panel] = usePanel()
  const isPaused = useStore(session.store, (state) => state.queue?.paused ?? false)
  const active = useStore(session.store, (state) => state.jobs.filter((job) => !isFinished(job.state)).length)
  return (
    <Hint text={t('queue.label')}>
      <button
        type="button"
        className="button queue-button"
        aria-pressed={right === 'queue'}
        aria-label={t('queue.label')}
        onClick={panel('queue')}
      >
        <Icon name={isPaused ? 'pause' : 'queue'} />
        <span className="queue-count" data-busy={active > 0 || undefined}>
          {isPaused ? t('queue.paused') : active}
        </span>
      </button>
    </Hint>
  )
}
