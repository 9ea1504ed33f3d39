import type { NodeId } from '@patchbay/engine/workflow'
import type { NodeRun } from '../../state/runs/run.ts'
import type { Scene, SceneNode } from '../scene.ts'
import type { Transform } from '../view-events.ts'

/** The colours that the theme's tokens give to what is drawn on the layer under the nodes. */
export interface Palette {
  readonly dot: string
  readonly node: string
  readonly header: string
  readonly border: string
  readonly text: string
  readonly accent: string
  readonly running: string
  readonly failed: string
  readonly finished: string
  readonly reused: string
  readonly halo: string
  readonly field: string
  readonly soft: string
}

export function readPalette(element: HTMLElement): Palette {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888'
  return {
    dot: token('canvas-dot'),
    node: token('node'),
    header: token('node-header'),
    border: token('border'),
    text: token('text'),
    accent: token('accent'),
    running: token('running'),
    failed: token('failed'),
    finished: token('finished'),
    reused: token('reused'),
    halo: token('canvas'),
    field: token('field'),
    soft: token('text-soft'),
  }
}

export interface PaintedPicture {
  readonly source: CanvasImageSource
  readonly width: number
  readonly height: number
}

export interface Frame {
  readonly scene: Scene
  readonly transform: Transform
  readonly width: number
  readonly height: number
  readonly ratio: number
  readonly palette: Palette
  /** Nodes that stand in the page; the others are drawn here as plain shapes. */
  readonly shown: ReadonlySet<NodeId>
  readonly selection: ReadonlySet<string>
  readonly selectedLink: string | undefined
  readonly colorOf: (type: string) => string
  readonly nodeColor: (node: SceneNode) => string | undefined
  readonly runOf: (id: NodeId) => NodeRun | undefined
  /** The picture of a node, once it is there to be painted. */
  readonly pictureOf: (id: NodeId) => PaintedPicture | undefined
  readonly linksHidden: boolean
  /** The view is in motion: many shapes are drawn plainly, and their titles when it rests. */
  readonly moving: boolean
}
