import type { ArtifactRecord } from '@patchbay/client'
import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { JsonValue, ValueInputManifest, Widget } from '@patchbay/engine/workflow'
import { ValueField } from '../canvas/widgets/widget.tsx'
import { Dialogs } from '../panels/dialogs/dialogs.tsx'
import type { DialogState, Surface } from '../state/editor.ts'
import { instance, valueInput, workflowOf } from './manifests.ts'
import { createTestEditor, renderInTab, renderPage, type TestEditor, type TestEditorOptions } from './test-editor.tsx'

/** The whole page over a test editor, with some of what is shown chosen before. */
export async function openPage(options: TestEditorOptions = {}, surface: Partial<Surface> = {}): Promise<TestEditor> {
  const kit = await createTestEditor(options)
  kit.editor.surface.setState(surface)
  await renderPage(kit)
  return kit
}

/** One dialog without the rest of the page. */
export async function openDialog(dialog: DialogState, options: TestEditorOptions = {}): Promise<TestEditor> {
  const kit = await createTestEditor(options)
  kit.editor.surface.setState({ dialog })
  renderInTab(kit, <Dialogs stage={undefined} />)
  await screen.findByRole('dialog')
  return kit
}

export interface ShownWidget extends TestEditor {
  /** What the document has; undefined while it is the default. */
  readonly value: () => JsonValue | undefined
}

/** A node of the title `Any` with one value called `Size`, drawn by its widget. */
export async function showWidget(
  widget: Widget,
  value?: JsonValue,
  more: Partial<ValueInputManifest> = {},
  prepare?: (kit: TestEditor) => void,
): Promise<ShownWidget> {
  const inner = { nodes: {}, inputs: {}, outputs: {} }
  const node = instance('Any', { values: value === undefined ? {} : { size: value } })
  const kit = await createTestEditor({ workflow: workflowOf({ 1: node }, { workflows: { inner, other: inner } }) })
  prepare?.(kit)
  renderInTab(kit, <ValueField node="1" input={valueInput('size', widget, more)} />)
  return { ...kit, value: () => kit.tab.document.graph().nodes['1']?.values['size'] }
}

export function undoSteps({ tab }: Pick<TestEditor, 'tab'>): number {
  return tab.document.store.getState().past.length
}

export function button(name: string | RegExp, part: HTMLElement = document.body): HTMLButtonElement {
  return within(part).getByRole<HTMLButtonElement>('button', { name })
}

export async function click(name: string | RegExp): Promise<void> {
  await userEvent.click(await screen.findByRole('button', { name }))
}

/** Types into a field in place of what it had. */
export async function fill(name: string, text: string): Promise<void> {
  const field = screen.getByRole('textbox', { name })
  await userEvent.clear(field)
  if (text !== '') await userEvent.type(field, text)
}

/** A kept picture as the server lists it. */
export function artifact(more: Partial<ArtifactRecord> = {}): ArtifactRecord {
  return {
    hash: 'sha256:abc',
    name: 'apple.png',
    mime: 'image/png',
    bytes: 2048,
    kind: 'image',
    width: 64,
    height: 64,
    job: 'job1',
    node: '4',
    createdAt: 0,
    url: '/x',
    ...more,
  }
}
