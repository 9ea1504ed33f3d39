import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Issue, NodeEstimate, Point, Workflow } from '@patchbay/engine/workflow'
import type { ArtifactRecord, Client } from '@patchbay/client'
import type { createLanguage } from '../messages/translate.ts'
import type { Comparison } from './documents/comparison.ts'
import type { SocketRef } from './edits/links.ts'
import type { FileLists } from './registry/file-lists.ts'
import type { Templates } from './registry/templates.ts'
import type { Session } from './runs/session.ts'
import type { Settings } from './settings/settings.ts'
import type { Workspace } from './documents/workspace.ts'

export type DialogState =
  | { readonly type: 'none' }
  | { readonly type: 'save-as' }
  | { readonly type: 'details' }
  | { readonly type: 'versions' }
  | { readonly type: 'settings'; readonly part: 'general' | 'keys' }
  | { readonly type: 'templates' }
  | { readonly type: 'missing' }
  | { readonly type: 'set-aside' }
  | { readonly type: 'import-problems'; readonly problems: readonly string[] }
  | { readonly type: 'grid' }
  | { readonly type: 'grid-results'; readonly grid: Grid }
  | { readonly type: 'conflict'; readonly version: number }
  | { readonly type: 'close-tab'; readonly tab: string }
  | { readonly type: 'delete-workflow'; readonly id: string; readonly name: string }
  | { readonly type: 'result'; readonly node: string; readonly index: number }
  | { readonly type: 'picture'; readonly pictures: readonly ArtifactRecord[]; readonly index: number }
  | { readonly type: 'mask'; readonly node: string; readonly input: string; readonly file: string }
  | { readonly type: 'job'; readonly job: string }
  | { readonly type: 'node-help'; readonly node: string }
  | { readonly type: 'link'; readonly node: string }
  | { readonly type: 'sub-workflow'; readonly name: string }

/** The jobs of a grid, by rows and columns: the first axis goes across, the others down. */
export interface Grid {
  readonly across: GridAxis
  readonly down: readonly GridAxis[]
  /** In the order of the server: the last axis changes fastest. */
  readonly jobs: readonly string[]
}
export interface GridAxis {
  readonly label: string
  readonly values: readonly string[]
}

export interface Toast {
  readonly id: number
  readonly tone: 'plain' | 'good' | 'bad'
  readonly text: string
  /** What can be done about it. */
  readonly action?: ToastAction
}
export interface ToastAction {
  readonly label: string
  readonly run: () => void
}

/** The search for a node: where the node shall stand, and the open end of a link that it shall fit. */
export interface SearchState {
  readonly at: Point
  readonly screen: Point
  readonly fixed?: SocketRef
  readonly types?: readonly string[]
  /** The link to be split by the chosen node. */
  readonly insert?: string
}

/** What the server says of a workflow: its problems, and what its nodes will take. */
export interface Check {
  readonly issues: readonly Issue[]
  readonly estimates: readonly NodeEstimate[]
  /** The document with which a run was refused: what was said of it then stands until it is edited. */
  readonly refused?: Workflow
}

export const noCheck: Check = { issues: [], estimates: [] }

/** Puts problems in place of those that a tab had. */
export function setIssues(surface: StoreApi<Surface>, tab: string, issues: readonly Issue[], refused?: Workflow): void {
  const { checks } = surface.getState()
  const { estimates } = checks[tab] ?? noCheck
  surface.setState({ checks: { ...checks, [tab]: { issues, estimates, ...(refused ? { refused } : {}) } } })
}

export interface Surface {
  readonly dialog: DialogState
  readonly search: SearchState | undefined
  readonly commands: boolean
  readonly side: 'nodes' | 'workflows' | 'jobs' | 'files' | undefined
  readonly right: 'queue' | 'issues' | 'run' | undefined
  readonly view: 'graph' | 'app'
  readonly toasts: readonly Toast[]
  /** What the server says of the workflow of each tab. */
  readonly checks: { readonly [tab: string]: Check }
  readonly runs: number
  /** The version that the canvas of a tab is compared with. */
  readonly comparison: Comparison | undefined
  /** What this page copied last, for a paste where the browser lets no page read its clipboard. */
  readonly copied: string | undefined
}

export interface Editor {
  readonly client: Client
  readonly session: Session
  readonly files: FileLists
  readonly templates: Templates
  readonly workspace: Workspace
  readonly settings: StoreApi<Settings>
  readonly language: ReturnType<typeof createLanguage>
  readonly surface: StoreApi<Surface>
}

export function createSurface(): StoreApi<Surface> {
  return createStore<Surface>(() => ({
    dialog: { type: 'none' },
    search: undefined,
    commands: false,
    side: undefined,
    right: undefined,
    view: 'graph',
    toasts: [],
    checks: {},
    runs: 1,
    comparison: undefined,
    copied: undefined,
  }))
}

/** Says something for a few seconds. */
export function say(
  surface: StoreApi<Surface>,
  text: string,
  tone: Toast['tone'] = 'plain',
  action?: ToastAction,
): void {
  const { toasts } = surface.getState()
  const toast = { id: (toasts.at(-1)?.id ?? 0) + 1, tone, text, ...(action ? { action } : {}) }
  surface.setState({ toasts: [...toasts.slice(-3), toast] })
}

export function showDialog(surface: StoreApi<Surface>, dialog: DialogState): void {
  surface.setState({ dialog })
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` ${error.hint}` : ''
  return `${error.message}${hint}`
}
