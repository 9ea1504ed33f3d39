import { useState } from 'react'
import { saveTab } from '../../state/document-actions.ts'
import { showDialog } from '../../state/editor.ts'
import { undoDepth } from '../../state/document.ts'
import { useEditor, useRegistry, useT, useTab } from '../../canvas/context.tsx'
import { commands } from '../../canvas/commands.ts'
import type { Stage } from '../../canvas/stage.ts'
import { Sheet } from '../controls.tsx'
import { attempt } from '../side/jobs-panel.tsx'

interface Closable {
  readonly close: () => void
}

export function SaveAsDialog({ close }: Closable) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const [name, setName] = useState(tab.title)
  const [message, setMessage] = useState('')
  return (
    <Sheet title={t('menu.saveAs')} onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() === '') return
          close()
          void saveTab(editor, tab, { name: name.trim(), asNew: true, ...(message ? { message } : {}) })
        }}
      >
        <label className="labelled">
          <span>{t('docs.name')}</span>
          <input
            className="field"
            autoFocus
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label className="labelled">
          <span>{t('docs.message')}</span>
          <input className="field" value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        </label>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={close}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button primary" disabled={name.trim() === ''}>
            {t('menu.save')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}

export function DetailsDialog({ close }: Closable) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const { workflow } = tab.document.store.getState()
  const [name, setName] = useState(tab.title)
  const [description, setDescription] = useState(workflow.description ?? '')
  const [tags, setTags] = useState((workflow.tags ?? []).join(', '))
  const apply = (): void => {
    const list = tags
      .split(/[,，]/)
      .map((tag) => tag.trim())
      .filter(Boolean)
    tab.document.edit('details', (before) => {
      const { description: _description, tags: _tags, name: _name, ...rest } = before
      return {
        ...rest,
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(description.trim() ? { description: description.trim() } : {}),
        ...(list.length > 0 ? { tags: list } : {}),
      }
    })
    editor.workspace.patch(tab.id, { title: name.trim() })
    close()
  }
  return (
    <Sheet title={t('menu.details')} onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          apply()
        }}
      >
        <label className="labelled">
          <span>{t('docs.name')}</span>
          <input className="field" autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        </label>
        <label className="labelled">
          <span>{t('docs.description')}</span>
          <textarea
            className="field"
            rows={4}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        </label>
        <label className="labelled">
          <span>{t('docs.tags')}</span>
          <input className="field" value={tags} onChange={(event) => setTags(event.currentTarget.value)} />
        </label>
        <div className="dialog-actions">
          <button type="submit" className="button primary">
            {t('app.ok')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}

export function ConfirmClose({ tab, close }: Closable & { readonly tab: string }) {
  const t = useT()
  const editor = useEditor()
  const { tabs } = editor.workspace.store.getState()
  const closing = tabs.find((one) => one.id === tab)
  return (
    <Sheet
      title={t('tabs.closeQuestion', { title: closing?.title || t('app.untitled') })}
      description={t('tabs.closeText')}
      onClose={close}
    >
      <div className="dialog-actions">
        <button type="button" className="button" autoFocus onClick={close}>
          {t('app.cancel')}
        </button>
        <button
          type="button"
          className="button danger"
          onClick={() => {
            close()
            editor.workspace.close(tab)
          }}
        >
          {t('tabs.closeAnyway')}
        </button>
      </div>
    </Sheet>
  )
}

export function ConfirmDelete({ id, name, close }: Closable & { readonly id: string; readonly name: string }) {
  const t = useT()
  const editor = useEditor()
  return (
    <Sheet title={t('docs.deleteQuestion', { name })} onClose={close}>
      <div className="dialog-actions">
        <button type="button" className="button" autoFocus onClick={close}>
          {t('app.cancel')}
        </button>
        <button
          type="button"
          className="button danger"
          onClick={() => void attempt(editor, editor.client.workflows.remove(id)).then(close)}
        >
          {t('app.delete')}
        </button>
      </div>
    </Sheet>
  )
}

export function ConflictDialog({ version, close }: Closable & { readonly version: number }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  return (
    <Sheet title={t('docs.conflict', { version })} description={t('docs.conflictText')} onClose={close}>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => showDialog(editor.surface, { type: 'versions' })}>
          {t('docs.compare')}
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            close()
            void saveTab(editor, tab, { force: true })
          }}
        >
          {t('docs.saveAnyway')}
        </button>
      </div>
    </Sheet>
  )
}

export function Shortcuts({ close }: Closable) {
  const t = useT()
  return (
    <Sheet title={t('shortcuts.title')} description={t('settings.maxUndo', { count: undoDepth })} onClose={close} wide>
      <dl className="shortcuts">
        {commands
          .filter((command) => command.keys)
          .map((command) => (
            <div key={command.id}>
              <dt>{t(command.label)}</dt>
              <dd>
                {command.keys?.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </Sheet>
  )
}

/** What a node is for, and what each of its inputs and outputs means. */
export function NodeHelp({
  node,
  stage,
  close,
}: Closable & { readonly node: string; readonly stage: Stage | undefined }) {
  const t = useT()
  const registry = useRegistry()
  const manifest = stage?.manifestOf(node)
  if (!manifest) {
    const type = stage?.scene.nodes.get(node)?.instance.type ?? node
    return (
      <Sheet title={t('node.unknown', { type })} description={t('node.unknownHint')} onClose={close}>
        {null}
      </Sheet>
    )
  }
  const types = (names: readonly string[]): string => names.map(registry.labelOf).join(' / ')
  return (
    <Sheet
      title={manifest.label}
      {...(manifest.description ? { description: manifest.description } : {})}
      onClose={close}
    >
      {manifest.deprecated !== undefined && (
        <p className="failed-text">{t('node.deprecated', { hint: manifest.deprecated })}</p>
      )}
      <dl className="help-list">
        {manifest.inputs.map((input) => (
          <div key={input.name}>
            <dt>
              {input.label} <span className="faint">{types(input.types)}</span>
            </dt>
            <dd className="soft">{input.description}</dd>
          </div>
        ))}
        {manifest.outputs.map((output) => (
          <div key={output.name}>
            <dt>
              → {output.label} <span className="faint">{types([output.type])}</span>
            </dt>
            <dd className="soft">{output.description}</dd>
          </div>
        ))}
      </dl>
      <p className="faint">
        {manifest.type} · {manifest.category}
      </p>
    </Sheet>
  )
}
