import { withSubWorkflow } from '../../state/edits/graph.ts'
import { labelEnd, moveEnd, withdrawEnd, type EndSide } from '../../state/edits/sub-workflow-ends.ts'
import { patched } from '../../state/edits/nodes.ts'
import { useDocumentState, useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import { manifestOfNode } from '../../state/registry/registry.ts'
import { subWorkflowPrefix } from '@patchbay/engine/workflow'
import { IconButton, Sheet, type Closable } from '../controls.tsx'

/** Name and description of a sub-workflow, and what its nodes take and give: called something else, moved, removed. */
export function SubWorkflowDialog({ name, close }: Closable & { readonly name: string }) {
  const t = useT()
  const { document } = useTab()
  const sub = useDocumentState((state) => state.workflow.workflows?.[name])
  if (!sub) return null
  const patch = (change: { label?: string | undefined; description?: string | undefined }): void =>
    document.edit(
      'sub-workflow',
      (workflow) => {
        const before = workflow.workflows?.[name]
        return before ? withSubWorkflow(workflow, name, patched(before, change)) : workflow
      },
      { merge: `sub-workflow.${name}.${Object.keys(change).join()}` },
    )
  return (
    <Sheet title={t('sub.title', { label: sub.label ?? name })} onClose={close}>
      <label className="labelled">
        <span>{t('docs.name')}</span>
        <input
          className="field"
          value={sub.label ?? name}
          onChange={(event) => patch({ label: event.currentTarget.value || undefined })}
        />
      </label>
      <label className="labelled">
        <span>{t('docs.description')}</span>
        <textarea
          className="field"
          rows={2}
          value={sub.description ?? ''}
          onChange={(event) => patch({ description: event.currentTarget.value || undefined })}
        />
      </label>
      <Ends name={name} side="inputs" title={t('app.inputs')} />
      <Ends name={name} side="outputs" title={t('sub.outputs')} />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={close}>
          {t('app.ok')}
        </button>
      </div>
    </Sheet>
  )
}

function Ends({ name, side, title }: { readonly name: string; readonly side: EndSide; readonly title: string }) {
  const t = useT()
  const { document } = useTab()
  const registry = useRegistry()
  const workflow = useDocumentState((state) => state.workflow)
  const ends = manifestOfNode(registry, workflow, { type: `${subWorkflowPrefix}${name}` })?.[side] ?? []
  return (
    <section>
      <h3 className="panel-title">{title}</h3>
      {ends.length === 0 && <p className="faint">{t('sub.none')}</p>}
      <ul className="ends">
        {ends.map(({ name: end, label }, index) => (
          <li key={end}>
            <input
              className="field"
              aria-label={end}
              value={label}
              onChange={(event) => {
                const typed = event.currentTarget.value
                document.edit('rename', (before) => labelEnd(before, name, side, end, typed), { merge: `end.${end}` })
              }}
            />
            <IconButton
              icon="up"
              small
              label={t('sub.up', { label })}
              disabled={index === 0}
              onClick={() => document.edit('move', (before) => moveEnd(before, name, side, end, -1))}
            />
            <IconButton
              icon="down"
              small
              label={t('sub.down', { label })}
              disabled={index === ends.length - 1}
              onClick={() => document.edit('move', (before) => moveEnd(before, name, side, end, 1))}
            />
            <IconButton
              icon="close"
              small
              label={t('sub.withdraw', { label })}
              onClick={() => document.edit('withdraw', (before) => withdrawEnd(before, name, side, end))}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}
