import { useStore } from 'zustand'
import type { Issue, RunErrorReport } from '@patchbay/engine/workflow'
import { reveal } from '../../canvas/camera.ts'
import { useEditor, useRun, useT, useTab } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { copyText } from '../../state/actions/copy-text.ts'
import { noCheck } from '../../state/editor.ts'

/** Problems of the workflow as it stands, and the error of its last run. */
export function IssuesPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const tab = useTab()
  const { issues } = useStore(surface, (state) => state.checks[tab.id]) ?? noCheck
  const error = useRun((run) => run.error)
  const show = (node: string): void => {
    const [top = node] = node.split('/')
    surface.setState({ view: 'graph' })
    tab.document.leaveTo(0)
    tab.document.select([top])
    if (stage) void reveal(stage, top)
  }
  return (
    <div className="panel-body">
      {issues.length === 0 && !error && <p className="faint">{t('issues.none')}</p>}
      {error && <RunError error={error} show={show} />}
      <ul className="issue-list">
        {issues.map((issue, index) => (
          <IssueRow key={index} issue={issue} show={show} />
        ))}
      </ul>
    </div>
  )
}

interface Shows {
  /** Brings a node into view. */
  readonly show: (node: string) => void
}

function IssueRow({ issue, show }: Shows & { readonly issue: Issue }) {
  const t = useT()
  const { node } = issue
  return (
    <li className="issue" data-severity={issue.severity}>
      <p>{issue.message}</p>
      <span className="faint">{issue.path}</span>
      {node !== undefined && (
        <button type="button" className="button" onClick={() => show(node)}>
          {t('issues.show')}
        </button>
      )}
    </li>
  )
}

function RunError({ error, show }: Shows & { readonly error: RunErrorReport }) {
  const t = useT()
  const editor = useEditor()
  const { node, inputs, causes = [] } = error
  return (
    <section className="issue" data-severity="error" aria-label={t('run.failedOne')}>
      <h3 className="panel-title">{t('run.failedOne')}</h3>
      <p>{error.message}</p>
      {inputs && (
        <>
          <h3 className="panel-title">{t('error.inputs')}</h3>
          <pre className="report" tabIndex={0}>
            {JSON.stringify(inputs, null, 2)}
          </pre>
        </>
      )}
      {causes.length > 0 && (
        <>
          <h3 className="panel-title">{t('error.causes')}</h3>
          <ul>
            {causes.map((cause, index) => (
              <li key={index} className="soft">
                {cause}
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="queue-actions">
        {node !== undefined && (
          <button type="button" className="button" onClick={() => show(node)}>
            {t('issues.show')}
          </button>
        )}
        <button
          type="button"
          className="button"
          onClick={() => void copyText(editor, JSON.stringify(error, null, 2), t('app.copied'))}
        >
          {t('error.copy')}
        </button>
      </div>
    </section>
  )
}
