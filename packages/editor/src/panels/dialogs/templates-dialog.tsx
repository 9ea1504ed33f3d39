import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { WorkflowTemplate } from '@patchbay/client'
import { messageOf } from '../../state/editor.ts'
import { fuzzyScore } from '../../state/registry/search.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'
import { GraphSketch } from '../graph-sketch.tsx'
import { templatePictures } from '../template-pictures.ts'
import './templates.css'

/** The workflows that ship, each with a picture that it made, or its graph. */
export function TemplatesDialog({ close }: Closable) {
  const t = useT()
  const { templates: kept, workspace } = useEditor()
  const templates = useStore(kept.store, (state) => state.templates)
  const [isAsked, setAsked] = useState(false)
  const [failed, setFailed] = useState<string>()
  const [query, setQuery] = useState('')
  useEffect(() => {
    kept
      .ensure()
      .catch((error: unknown) => setFailed(messageOf(error)))
      .finally(() => setAsked(true))
  }, [kept])
  const shown = templates.filter(({ id, document: { name, description, tags } }) =>
    [name ?? id, description ?? '', ...(tags ?? [])].some(
      (text) => fuzzyScore(query.trim(), text) > 50 || query === '',
    ),
  )
  return (
    <Sheet title={t('docs.templates')} onClose={close} wide>
      <input
        className="field"
        type="search"
        placeholder={t('docs.searchTemplates')}
        aria-label={t('docs.searchTemplates')}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      {failed && <p className="failed-text">{failed}</p>}
      {isAsked && shown.length === 0 && <p className="faint">{t('widget.nothing')}</p>}
      <ul className="templates">
        {shown.map((template) => (
          <li key={template.id}>
            <button
              type="button"
              className="template"
              onClick={() => {
                workspace.open(template.document, { title: template.document.name ?? template.id })
                close()
              }}
            >
              <TemplatePicture template={template} />
              <strong>{template.document.name ?? template.id}</strong>
              {template.document.description && <span className="soft">{template.document.description}</span>}
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

function TemplatePicture({ template: { id, document } }: { readonly template: WorkflowTemplate }) {
  const address = templatePictures.get(id)
  return (
    <span className="template-picture">
      {address === undefined ? <GraphSketch workflow={document} /> : <img src={address} alt="" loading="lazy" />}
    </span>
  )
}
