import { useStore } from 'zustand'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { download } from '../../state/actions/document-actions.ts'
import type { SetAside } from '../../state/documents/drafts.ts'
import { Icon } from '../../theme/icon.tsx'
import { Sheet, type Closable } from '../controls.tsx'
import './missing.css'

/** The drafts that could not be opened: each can be had as a file, or removed. */
export function SetAsideDialog({ close }: Closable) {
  const t = useT()
  const { workspace } = useEditor()
  const aside = useStore(workspace.store, (state) => state.aside)
  return (
    <Sheet title={t('drafts.setAside')} description={t('drafts.setAsideText')} onClose={close}>
      <ul className="missing">
        {aside.map((one) => (
          <li key={one.draft.id}>
            <strong>{titleOf(one, t('app.untitled'))}</strong>
            <p className="soft">{one.reason}</p>
            <div className="missing-fixes">
              <button type="button" className="button" onClick={() => downloadDraft(one, t('app.untitled'))}>
                <Icon name="download" />
                {t('drafts.download', { title: titleOf(one, t('app.untitled')) })}
              </button>
              <button type="button" className="button danger" onClick={() => workspace.removeAside(one.draft.id)}>
                {t('drafts.delete', { title: titleOf(one, t('app.untitled')) })}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

/** Its title may be what is wrong with it. */
function titleOf({ draft }: SetAside, fallback: string): string {
  const title: unknown = draft.title
  return typeof title === 'string' && title !== '' ? title : fallback
}

function downloadDraft(one: SetAside, fallback: string): void {
  const text = JSON.stringify(one.draft.workflow, null, 2)
  download(`${titleOf(one, fallback)}.json`, new Blob([text], { type: 'application/json' }))
}
