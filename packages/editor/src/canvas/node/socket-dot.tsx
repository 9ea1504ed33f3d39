import { memo, useEffect, useRef } from 'react'
import type { NodeId } from '@patchbay/engine/workflow'
import { useStage } from '../stage-context.tsx'

interface SocketDotProps {
  readonly node: NodeId
  readonly side: 'input' | 'output'
  readonly name: string
  readonly label: string
  readonly color: string
  readonly x: number
  readonly y: number
  /** Hollow: may stay unlinked. */
  readonly optional: boolean
  /** Square: whole lists. */
  readonly list: boolean
  /** Shown only while it matters: the socket of a value. */
  readonly quiet: boolean
}

/** A socket: Rete picks links up here; Enter begins or ends one from the keyboard. */
export const SocketDot = memo(function SocketDot({
  node,
  side,
  name,
  label,
  color,
  x,
  y,
  optional,
  list,
  quiet,
}: SocketDotProps) {
  const stage = useStage()
  const element = useRef<HTMLButtonElement>(null)
  useEffect(
    () => (element.current ? stage.links.addSocket(element.current, { node, side, name }) : undefined),
    [stage, node, side, name],
  )
  return (
    <button
      ref={element}
      type="button"
      className="socket"
      tabIndex={-1}
      aria-label={label}
      title={label}
      data-side={side}
      data-socket={name}
      data-optional={optional || undefined}
      data-list={list || undefined}
      data-quiet={quiet || undefined}
      style={{ left: x, top: y, '--socket': color }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        event.stopPropagation()
        const { fixed } = stage.links.store.getState()
        if (fixed) stage.links.end(fixed, { node, side, name })
        else stage.links.begin({ node, side, name })
      }}
    />
  )
})
