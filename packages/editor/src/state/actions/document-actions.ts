import { ApiError } from '@patchbay/client'
import { serializeWorkflow, type Workflow } from '@patchbay/engine/workflow'
import { foreignModelSources, withModelSources } from '../registry/model-sources.ts'
import { messageOf, say, showDialog, type Editor } from '../editor.ts'
import { emptyWorkflow } from '../edits/graph.ts'
import { readParameters } from '@patchbay/nodes/picture-texts'
import { workflowTexts } from '../documents/picture-workflow.ts'
import { readDocument } from '../documents/read-document.ts'
import type { Tab } from '../documents/workspace.ts'

export interface SaveOptions {
  readonly name?: string
  readonly message?: string
  /** Makes another workflow on the server, even if this one is saved there already. */
  readonly asNew?: boolean
  /** Saves over a version that someone else saved meanwhile. */
  readonly force?: boolean
  readonly view?: { readonly x: number; readonly y: number; readonly zoom: number } | undefined
}

/** Saves to the server: the first time under a name, later as the next version. */
export async function saveTab(editor: Editor, tab: Tab, options: SaveOptions = {}): Promise<boolean> {
  const { client, workspace, surface, language } = editor
  const { t } = language.getState()
  const name = options.name ?? tab.title
  if (name === '') {
    showDialog(surface, { type: 'save-as' })
    return false
  }
  tab.document.settle((workflow) => withView({ ...workflow, name }, options.view))
  const { workflow: document } = tab.document.store.getState()
  const request = { document, name, ...(options.message ? { message: options.message } : {}) }
  try {
    const record =
      tab.server && !options.asNew
        ? await client.workflows.save(tab.server.id, {
            ...request,
            ...(options.force ? {} : { basedOn: tab.server.version }),
          })
        : await client.workflows.create(request)
    tab.document.markSaved()
    workspace.patch(tab.id, { title: name, server: { id: record.id, version: record.version } })
    say(surface, t('docs.saved', { version: record.version }), 'good')
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) {
      const newest = await client.workflows.get(tab.server?.id ?? '').catch(() => undefined)
      showDialog(surface, { type: 'conflict', version: newest?.version ?? 0 })
      return false
    }
    say(surface, t('docs.saveFailed', { reason: messageOf(error) }), 'bad')
    return false
  }
}

function withView(workflow: Workflow, view: SaveOptions['view']): Workflow {
  return view ? { ...workflow, layout: { ...workflow.layout, view } } : workflow
}

export async function openSaved(editor: Editor, id: string, version?: number): Promise<void> {
  const { client, workspace, surface } = editor
  const open = workspace.store.getState().tabs.find((tab) => tab.server?.id === id)
  if (open && version === undefined) {
    workspace.activate(open.id)
    return
  }
  try {
    const record = await client.workflows.get(id, version)
    const newest = version === undefined ? record.version : (await client.workflows.get(id)).version
    workspace.open(record.document, {
      title: record.name,
      server: { id: record.id, version: newest },
      dirty: version !== undefined && version !== newest,
    })
  } catch (error) {
    say(surface, messageOf(error), 'bad')
  }
}

/**
 * Opens a file: a workflow of ours or of ComfyUI, or a picture that carries one. A picture that carries none is left to
 * `loadPicture`, where there is one.
 */
export async function openFile(
  editor: Editor,
  file: File,
  loadPicture?: (file: File) => Promise<void>,
): Promise<boolean> {
  const { workspace, surface, language } = editor
  const { t } = language.getState()
  const title = file.name.replace(/\.[^.]+$/, '')
  const failed = (reason: string): boolean => {
    say(surface, t('docs.openFailed', { name: file.name, reason }), 'bad')
    return false
  }
  try {
    const read = await readFile(editor, file)
    if (!read) {
      if (!loadPicture) return failed(t('docs.noWorkflow'))
      await loadPicture(file)
      return true
    }
    if (typeof read === 'string') return failed(read)
    workspace.open(read.workflow, { title: read.workflow.name ?? title, crowded: read.isForeign })
    say(surface, t('docs.opened', { title: read.workflow.name ?? title }), 'good')
    return true
  } catch (error) {
    return failed(messageOf(error))
  }
}

interface ReadWorkflow {
  readonly workflow: Workflow
  /** It is of another program. */
  readonly isForeign: boolean
}

/** The workflow of a file, a reason why there is none, or undefined when the file carries nothing at all. */
async function readFile(editor: Editor, file: File): Promise<ReadWorkflow | string | undefined> {
  if (!/^image\//.test(file.type) && !/\.(png|webp|jpe?g)$/i.test(file.name)) {
    if (/^(video|audio)\//.test(file.type)) return undefined
    return readText(editor, await file.text())
  }
  for (const text of await workflowTexts(new Uint8Array(await file.arrayBuffer()))) {
    const read = await readText(editor, text)
    if (typeof read !== 'string') return read
  }
  return undefined
}

async function readText(editor: Editor, text: string): Promise<ReadWorkflow | string> {
  if (readParameters(text)) {
    const { document: workflow, problems } = await editor.client.importForeign(text)
    tellProblems(editor, problems)
    return { workflow, isForeign: true }
  }
  const read = readDocument(text)
  if (read.ok === true) return { workflow: read.workflow, isForeign: false }
  if (read.ok === false) return read.message
  const { document: workflow, problems } = await editor.client.importForeign(read.json)
  tellProblems(editor, problems)
  return { workflow: withModelSources(workflow, foreignModelSources(read.json)), isForeign: true }
}

/** What could not be taken over: one message for all of it. */
function tellProblems({ surface, language }: Editor, problems: readonly string[]): void {
  const { t } = language.getState()
  const different = [...new Set(problems)]
  const [first] = different
  if (first === undefined) return
  if (different.length === 1) say(surface, first, 'bad')
  else {
    const text = t('docs.importProblems', { count: different.length, first })
    const show = (): void => showDialog(surface, { type: 'import-problems', problems: different })
    say(surface, text, 'bad', { label: t('docs.showAll'), run: show })
  }
}

export function newTab(editor: Editor): Tab {
  return editor.workspace.open(emptyWorkflow())
}

/** Makes the browser save a text or picture under a name. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

export function downloadTab(tab: Tab, fallback: string): void {
  const { workflow } = tab.document.store.getState()
  download(`${tab.title || fallback}.json`, new Blob([serializeWorkflow(workflow)], { type: 'application/json' }))
}
