import { useStore } from 'zustand'
import { isFinished, type ValueInputManifest, type Workflow } from '@patchbay/engine/workflow'
import { setValue } from '../state/edits/nodes.ts'
import { manifestOfNode, type Registry } from '../state/registry/registry.ts'
import { runTab } from '../state/actions/run-actions.ts'
import { showDialog } from '../state/editor.ts'
import { Icon } from '../theme/icon.tsx'
import { PictureImage } from '../canvas/node/node-pictures.tsx'
import { useDocumentState, useEditor, useRegistry, useRun, useT, useTab } from '../contexts/editor-context.tsx'
import { FormField } from './form-field.tsx'
import './app-view.css'

export interface AppField {
  readonly node: string
  readonly input: ValueInputManifest
  readonly label: string
  readonly description?: string
}

/**
 * The fields of the app view: the inputs that were chosen, else texts and seeds, which nearly every workflow turns
 * on.
 */
export function fieldsOf(
  workflow: Workflow,
  registry: Registry,
): { readonly fields: AppField[]; readonly chosen: boolean } {
  const valueInput = (node: string, name: string): ValueInputManifest | undefined => {
    const instance = workflow.nodes[node]
    const input = instance && manifestOfNode(registry, workflow, instance)?.inputs.find((one) => one.name === name)
    return input?.kind === 'value' && instance && !(name in instance.links) ? input : undefined
  }
  const chosen = Object.values(workflow.parameters ?? {}).flatMap((parameter): AppField[] => {
    const input = valueInput(parameter.node, parameter.input)
    if (!input) return []
    const description = parameter.description ?? input.description
    return [
      { node: parameter.node, input, label: parameter.label ?? input.label, ...(description ? { description } : {}) },
    ]
  })
  if (chosen.length > 0) return { fields: chosen, chosen: true }
  const usual = Object.entries(workflow.nodes).flatMap(([node, instance]) => {
    const manifest = manifestOfNode(registry, workflow, instance)
    return (manifest?.inputs ?? []).flatMap((input): AppField[] => {
      const wanted =
        input.kind === 'value' &&
        (input.widget.type === 'seed' || (input.widget.type === 'text' && input.widget.multiline))
      if (!wanted || input.name in instance.links) return []
      const title = workflow.layout?.nodes?.[node]?.title ?? manifest?.label ?? instance.type
      return [{ node, input, label: input.widget.type === 'seed' ? input.label : `${title}: ${input.label}` }]
    })
  })
  return { fields: usual, chosen: false }
}

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
  const pictures = Object.entries(run?.pictures ?? {}).flatMap(([node, list]) =>
    list.map((picture, index) => ({ node, picture, index })),
  )
  const kept = pictures.filter(({ picture }) => picture.kind === 'artifact')
  const shown = kept.length > 0 && run && isFinished(run.state) ? kept : pictures
  const running = run && !isFinished(run.state)
  return (
    <section className="app-results" aria-label={t('app.outputs')} aria-busy={running}>
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
