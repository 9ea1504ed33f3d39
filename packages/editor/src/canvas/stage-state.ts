import type { StoreApi } from 'zustand/vanilla'
import type { NodeId } from '@patchbay/engine/workflow'
import type { OpenDocument } from '../state/documents/document.ts'
import type { Registry } from '../state/registry/registry.ts'
import type { JobRun, Picture } from '../state/runs/run.ts'
import type { Settings } from '../state/settings/settings.ts'
import type { Transform } from './view-events.ts'

/** What the page draws: everything else is on the layer under it. */
export interface StageState {
  /** Nodes that stand in the page; the others are shapes on the layer under it. */
  readonly mounted: ReadonlySet<NodeId>
  readonly transform: Transform
  readonly selectedLink: string | undefined
  /** The node (by id) or group (`group/<id>`) whose title is being typed. */
  readonly renaming: string | undefined
  readonly tool: 'hand' | 'select'
  readonly ready: boolean
}

/** What a stage shows, and where it is told of changes. */
export interface StageContext {
  readonly document: OpenDocument
  readonly registry: StoreApi<{ readonly registry: Registry }>
  readonly settings: StoreApi<Settings>
  /** The run that the document shows. */
  readonly run: () => JobRun | undefined
  readonly subscribeRun: (listener: () => void) => () => void
  /** Where a kept picture of a run is had, small; undefined for one that passes. */
  readonly pictureAddress: (picture: Picture) => string | undefined
  /** Nodes whose advanced inputs are shown. */
  readonly advanced: StoreApi<{ readonly nodes: ReadonlySet<NodeId> }>
}
