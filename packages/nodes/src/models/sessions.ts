import type { BindParameter, Graph, Session } from '@patchbay/onnx'

/** A model as it would be loaded: `key` names it completely, so that equal keys share one session. */
export interface SessionRequest {
  readonly key: string
  /** Called only where no session of this key is loaded. */
  build(): { readonly graph: Graph; readonly bind: BindParameter }
}

/** Where loaded models live. Sessions stay loaded between uses, within the host's memory budget. */
export interface Sessions {
  /** Loads a model where it is not loaded, and keeps it loaded while `use` runs. */
  with<Result>(request: SessionRequest, use: (session: Session) => Promise<Result>): Promise<Result>
}
