import { DropdownMenu } from 'radix-ui'
import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import { Icon } from '../theme/icon.tsx'
import { useEditor, useT, useTab } from '../contexts/editor-context.tsx'
import { runCommand } from '../commands/keys.ts'
import type { Stage } from '../canvas/stage.ts'
import { showDialog } from '../state/editor.ts'
import { Hint, IconButton } from './controls.tsx'
import { RunEstimate } from './run-estimate.tsx'

/** Run, how often, and what the queue does. */
export function RunControls({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const { session, surface } = editor
  const runs = useStore(surface, (state) => state.runs)
  const right = useStore(surface, (state) => state.right)
  const queue = useStore(session.store, (state) => state.queue)
  const active = useStore(session.store, (state) => state.jobs.filter((job) => !isFinished(job.state)).length)
  const running = useStore(session.store, (state) => state.jobs.some((job) => job.state === 'running'))
  const issues = useStore(surface, (state) => state.issues[tab.id]?.length ?? 0)
  const run = (id: string) => () => runCommand(id, { editor, tab, stage })
  const panel = (name: 'queue' | 'issues' | 'run') => () =>
    surface.setState({ right: right === name ? undefined : name })
  return (
    <div className="run-controls">
      {issues > 0 && (
        <button
          type="button"
          className="button issue-count"
          aria-pressed={right === 'issues'}
          onClick={panel('issues')}
        >
          <Icon name="alert" />
          {issues}
          <span className="hidden-text">{t('issues.label')}</span>
        </button>
      )}
      <IconButton icon="clock" label={t('job.timeline')} pressed={right === 'run'} onClick={panel('run')} />
      <Hint text={t('queue.label')}>
        <button
          type="button"
          className="button queue-button"
          aria-pressed={right === 'queue'}
          aria-label={t('queue.label')}
          onClick={panel('queue')}
        >
          <Icon name={queue?.paused ? 'pause' : 'queue'} />
          <span className="queue-count" data-busy={active > 0 || undefined}>
            {queue?.paused ? t('queue.paused') : active}
          </span>
        </button>
      </Hint>
      <RunEstimate />
      <IconButton icon="stop" label={t('run.cancel')} disabled={!running} onClick={run('cancel')} />
      <div className="run-button">
        <Hint text={t('run.runHint')}>
          <button type="button" className="button primary" onClick={run('run')}>
            <Icon name="play" filled />
            <span>{t('run.run')}</span>
            {runs > 1 && <span>× {runs}</span>}
          </button>
        </Hint>
        <DropdownMenu.Root>
          <DropdownMenu.Trigger className="button primary run-more" aria-label={t('app.more')}>
            <Icon name="chevronDown" />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
              <DropdownMenu.Item className="menu-choice" onSelect={run('run-front')}>
                {t('run.front')}
                <kbd>Ctrl+Shift+Enter</kbd>
              </DropdownMenu.Item>
              <DropdownMenu.Item className="menu-choice" onSelect={run('run-selected')}>
                {t('run.selected')}
              </DropdownMenu.Item>
              <DropdownMenu.Item className="menu-choice" onSelect={() => showDialog(surface, { type: 'grid' })}>
                {t('run.grid')}
              </DropdownMenu.Item>
              <DropdownMenu.Separator className="menu-line" />
              <DropdownMenu.Label className="menu-title">{t('run.count')}</DropdownMenu.Label>
              <DropdownMenu.RadioGroup
                value={String(runs)}
                onValueChange={(count) => surface.setState({ runs: Number(count) })}
              >
                {[1, 2, 4, 8, 16].map((count) => (
                  <DropdownMenu.RadioItem key={count} value={String(count)} className="menu-choice">
                    {count}
                    {count === runs && <Icon name="check" />}
                  </DropdownMenu.RadioItem>
                ))}
              </DropdownMenu.RadioGroup>
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      </div>
    </div>
  )
}
