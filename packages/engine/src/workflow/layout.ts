/** Where things stand on the canvas, in canvas pixels. No part of it changes what a workflow computes. */
export interface Layout {
  readonly nodes?: { readonly [id: string]: NodeLayout }
  readonly groups?: { readonly [id: string]: GroupLayout }
  readonly notes?: { readonly [id: string]: NoteLayout }
  /** Reroute points by the input they lead to, `<node>.<input>` (with `.<index>` for inputs that take several). */
  readonly reroutes?: { readonly [link: string]: readonly Point[] }
  readonly view?: { readonly x: number; readonly y: number; readonly zoom: number }
}
export interface Point {
  readonly x: number
  readonly y: number
}
export interface NodeLayout extends Point {
  readonly width?: number
  readonly height?: number
  readonly title?: string
  readonly color?: string
  readonly collapsed?: boolean
  readonly pinned?: boolean
  /** Value inputs that show a socket in place of their widget. */
  readonly sockets?: readonly string[]
  /** What a seed does after each run; absent means keep. */
  readonly seeds?: { readonly [input: string]: 'increment' | 'decrement' | 'randomise' }
}
export interface GroupLayout extends Point {
  readonly width: number
  readonly height: number
  readonly title: string
  readonly color?: string
}
export interface NoteLayout extends Point {
  readonly width: number
  readonly height: number
  readonly text: string
  readonly color?: string
}
