import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Toast } from '../state/editor.ts'
import { useEditor } from '../contexts/editor-context.tsx'

/** Short messages that go away by themselves; screen readers hear them. */
export function Toasts() {
  const { surface } = useEditor()
  const toasts = useStore(surface, (state) => state.toasts)
  return (
    <div className="toasts" aria-live="polite" role="status">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function ToastView({ toast }: { readonly toast: Toast }) {
  const { surface } = useEditor()
  useEffect(() => {
    const gone = setTimeout(
      () => surface.setState((state) => ({ toasts: state.toasts.filter((one) => one.id !== toast.id) })),
      toast.tone === 'bad' ? 7000 : 3500,
    )
    return () => clearTimeout(gone)
  }, [surface, toast])
  return (
    <p className="toast" data-tone={toast.tone}>
      {toast.text}
    </p>
  )
}
