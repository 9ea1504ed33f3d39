import type { Client } from '@patchbay/client'
import { createLanguage } from '../../messages/translate.ts'
import type { DraftStore } from '../documents/drafts.ts'
import { createWorkspace, jobsOfTabs } from '../documents/workspace.ts'
import { createSurface, messageOf, say, type Editor } from '../editor.ts'
import { createFileLists } from '../registry/file-lists.ts'
import { createTemplates } from '../registry/templates.ts'
import { createSession } from '../runs/session.ts'
import { createSettings, type TextStore } from '../settings/settings.ts'
import { followJobs } from './follow-jobs.ts'
import { refreshFiles } from './refresh-files.ts'
import { tellFailures } from './tell-failures.ts'

/** What an editor is made of. */
export interface EditorParts {
  readonly client: Client
  readonly drafts: DraftStore
  /** Names this window. */
  readonly owner: string
  readonly liveOwners: () => Promise<ReadonlySet<string>>
  /** Where settings are kept; none where the browser keeps nothing. */
  readonly storage: TextStore | undefined
  /** The language of the browser, such as `en-GB`. */
  readonly language: string
  /** How long an edit waits before it is kept, in milliseconds. */
  readonly draftDelayMs?: number
}

/** An editor with nothing open yet. */
export function createEditor(parts: EditorParts): Editor {
  const { client, drafts, owner, liveOwners, storage, draftDelayMs } = parts
  const surface = createSurface()
  const language = createLanguage()
  let hasSaidSo = false
  const workspace = createWorkspace({
    drafts,
    owner,
    liveOwners,
    onDraftFailed: (error) => {
      // It would fail in the same way at every edit.
      if (hasSaidSo) return
      hasSaidSo = true
      say(surface, language.getState().t('drafts.failed', { reason: messageOf(error) }), 'bad')
    },
    ...(draftDelayMs === undefined ? {} : { delayMs: draftDelayMs }),
  })
  const editor: Editor = {
    client,
    session: createSession(client, () => jobsOfTabs(workspace.store.getState())),
    files: createFileLists(client.files),
    templates: createTemplates(client),
    workspace,
    settings: createSettings(storage, parts.language),
    language,
    surface,
  }
  followJobs(editor)
  tellFailures(editor)
  refreshFiles(editor)
  return editor
}
