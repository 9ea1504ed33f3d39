import { useEffect, useState, type ComponentType, type ReactElement, type ReactNode } from 'react'

/** The code of a part of the page could not be had: the server is away, or it was upgraded and the old code is gone. */
export class PartNotLoaded extends Error {
  override readonly name = 'PartNotLoaded'
  constructor(cause: unknown) {
    super('A part of the page could not be loaded.', { cause })
  }
}

export interface LoadedPart<Props> {
  (props: Props & { readonly fallback?: ReactNode }): ReactElement | ReactNode
  /** Loads the code ahead of its first use. A failure is told only to who needs the part. */
  readonly preload: () => Promise<void>
}

/**
 * A component whose code is loaded when it is first drawn. Unlike React's `lazy` it asks again after a failure, which
 * it throws as
 * `PartNotLoaded` to the error boundary around it.
 */
export function loadedPart<Props extends object>(load: () => Promise<ComponentType<Props>>): LoadedPart<Props> {
  let part: ComponentType<Props> | undefined
  const ask = async (): Promise<void> => {
    part ??= await load()
  }
  const Loaded = ({ fallback = null, ...props }: Props & { readonly fallback?: ReactNode }): ReactNode => {
    const [Part, setPart] = useState<ComponentType<Props> | undefined>(() => part)
    const [fault, setFault] = useState<PartNotLoaded>()
    useEffect(() => {
      if (Part) return
      let isHere = true
      ask().then(
        () => {
          if (isHere) setPart(() => part)
        },
        (error: unknown) => {
          if (isHere) setFault(new PartNotLoaded(error))
        },
      )
      return () => {
        isHere = false
      }
    }, [Part])
    if (fault) throw fault
    // The fallback is no property of the part.
    return Part ? <Part {...(props as unknown as Props)} /> : fallback
  }
  return Object.assign(Loaded, { preload: () => ask().catch(() => undefined) })
}
