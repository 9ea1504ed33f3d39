import { useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import { setValue } from '../state/edits/nodes.ts'
import { fieldsOf } from '../state/documents/app-fields.ts'
import { runTab } from '../state/actions/run-actions.ts'
import { showDialog } from '../state/editor.ts'
import type { JobRun, Picture } from '../state/runs/run.ts'
import { Icon } from '../theme/icon.tsx'
import { PictureImage } from '../canvas/node/node-pictures.tsx'
import { useDocumentState, useEditor, useRegistry, useRun, useT, useTab } from '../contexts/editor-context.tsx'
import { FormField } from './form-field.tsx'
import './app-view.css'

/** A workflow as a form: for people who do not want the graph, and for phones. */
export function AppView() {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const registry = useRegistry()
  const workflow = useDocumentState((state) => state.workflow)
  const runs = useStore(editor.surface, (state) => state.runs)
  const { fields, chosen } = fieldsOf(workflow, registry)
  return (
    <div className="app-view">
      <form
        className="app-form"
        aria-label={t('app.inputs')}
        onSubmit={(event) => {
          event.preventDefault()
          void runTab(editor, tab, { count: runs })
        }}
      >
        <h1>{tab.title || t('app.untitled')}</h1>
        {workflow.description && <p className="soft">{workflow.description}</p>}
        {!chosen && <p className="faint">{t('app.noInputs')}</p>}
        {fields.map(({ node, input, label, description }) => (
          <FormField
            key={`${node}.${input.name}`}
            id={`app-${node}-${input.name}`}
            input={input}
            label={label}
            description={description}
            value={workflow.nodes[node]?.values[input.name] ?? input.default}
            change={(value) =>
              tab.document.edit(
                'value',
                (before) => {
                  const { nodes } = setValue(before, node, input.name, value)
                  return { ...before, nodes }
                },
                { merge: `app.${node}.${input.name}` },
              )
            }
          />
        ))}
        <button type="submit" className="button primary app-run">
          <Icon name="play" filled />
          {t('run.run')}
        </button>
      </form>
      <AppResults />
    </div>
  )
}

function AppResults() {
  const t = useT()
  const { surface } = useEditor()
  const run = useRun((one) => one)
  const shown = run ? picturesToShow(run) : []
  const results = useRef<HTMLElement>(null)
  const job = run?.job
  // On a phone the results are below the form.
  useEffect(() => {
    if (job !== undefined) results.current?.scrollIntoView({ block: 'nearest' })
  }, [job])
  const running = run && !isFinished(run.state)
  return (
    <section ref={results} className="app-results" aria-label={t('app.outputs')} aria-busy={running}>
      {running && (
        <div className="app-progress" role="status">
          <span className="progress">
            <span style={{ width: `${run.total > 0 ? (run.done / run.total) * 100 : 0}%` }} />
          </span>
          <span className="faint">
            {run.total > 0 ? t('run.progress', { done: run.done, total: run.total }) : t('job.state.queued')}
          </span>
        </div>
      )}
      {run?.error && (
        <p className="failed-text" role="alert">
          {run.error.message}
        </p>
      )}
      {shown.length === 0 && <p className="app-empty faint">{t('app.noResult')}</p>}
      <div className="app-pictures">
        {shown.map(({ node, picture, index }) => (
          <button
            key={`${node}/${index}`}
            type="button"
            className="node-picture"
            aria-label={t('result.open')}
            onClick={() => showDialog(surface, { type: 'result', node, index })}
          >
            <PictureImage picture={picture} size={1024} />
          </button>
        ))}
      </div>
    </section>
  )
}

interface ShownPicture {
  readonly node: string
  readonly picture: Picture
  readonly index: number
}

/** Each place for a picture once: what this run kept, else what it previews, else what the run before left there. */
function picturesToShow(run: JobRun): ShownPicture[] {
  const all = Object.entries(run.pictures).flatMap(([node, list]) =>
    list.map((picture, index): ShownPicture => ({ node, picture, index })),
  )
  const isOwn = ({ node }: ShownPicture): boolean => run.artifacts[node] !== undefined
  const own = all.filter((one) => one.picture.kind === 'artifact' && isOwn(one))
  if (own.length > 0) return own
  const previews = all.filter(({ picture, node }) => picture.kind === 'preview' && run.nodes[node] !== undefined)
  if (previews.length > 0 && !isFinished(run.state)) return previews
  const kept = all.filter(({ picture }) => picture.kind === 'artifact')
  return kept.length > 0 ? kept : all
}
