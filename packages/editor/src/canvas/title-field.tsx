import { useState } from 'react'

interface TitleFieldProps {
  readonly label: string
  readonly title: string
  readonly onDone: (title: string | undefined) => void
}

/** A title that is being typed: Enter or leaving it keeps it, Escape does not. */
export function TitleField({ label, title, onDone }: TitleFieldProps) {
  const [typed, setTyped] = useState(title)
  return (
    <input
      className="node-title-input"
      autoFocus
      aria-label={label}
      value={typed}
      onFocus={(event) => event.currentTarget.select()}
      onPointerDown={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => onDone(typed)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') onDone(undefined)
      }}
    />
  )
}
