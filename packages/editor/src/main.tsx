import { createRoot } from 'react-dom/client'
import { createClient } from '@patchbay/client'
import { App } from './app.tsx'
import { createLanguage } from './messages/translate.ts'
import { browserDrafts } from './state/documents/drafts.ts'
import { createSurface, messageOf, say, type Editor } from './state/editor.ts'
import { createFileLists } from './state/registry/file-lists.ts'
import { createSession } from './state/runs/session.ts'
import { createSettings } from './state/settings/settings.ts'
import { openAtStart } from './state/actions/start.ts'
import { claimWindow } from './state/documents/window-owner.ts'
import { createWorkspace } from './state/documents/workspace.ts'

/** The composition root: what the editor is made of, from what the browser offers. */
async function start(): Promise<void> {
  const parameters = new URLSearchParams(location.hash.slice(1))
  const token = parameters.get('token') ?? sessionStorage.getItem('patchbay.token') ?? undefined
  if (token) sessionStorage.setItem('patchbay.token', token)
  const client = createClient(token ? { token } : {})
  const surface = createSurface()
  const settings = createSettings(localStorage, navigator.language)
  const language = createLanguage()
  const { owner, liveOwners } = await claimWindow(sessionStorage, navigator.locks)
  const workspace = createWorkspace({
    drafts: browserDrafts(indexedDB),
    owner,
    liveOwners,
    onDraftFailed: (error) => say(surface, messageOf(error), 'bad'),
  })
  const editor: Editor = {
    client,
    session: createSession(client),
    files: createFileLists(client.files),
    workspace,
    settings,
    language,
    surface,
  }
  await language.speak(settings.getState().language)
  document.documentElement.lang = settings.getState().language
  const element = document.getElementById('app')
  if (!element) throw new Error('The page has no element with the id "app".')
  await openAtStart(editor, new URLSearchParams(location.search))
  createRoot(element).render(<App editor={editor} />)
  addEventListener('pagehide', () => void workspace.flush())
}

void start()
