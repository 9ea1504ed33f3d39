import { useRegistry, useT } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { Sheet, type Closable } from '../controls.tsx'

/** What a node is for, and what each of its inputs and outputs means. */
export function NodeHelp({
  node,
  stage,
  close,
}: Closable & { readonly node: string; readonly stage: Stage | undefined }) {
  const t = useT()
  const registry = useRegistry()
  const manifest = stage?.manifestOf(node)
  if (!manifest) {
    const type = stage?.scene.nodes.get(node)?.instance.type ?? node
    return (
      <Sheet title={t('node.unknown', { type })} description={t('node.unknownHint')} onClose={close}>
        {null}
      </Sheet>
    )
  }
  const types = (names: readonly string[]): string => names.map(registry.labelOf).join(' / ')
  return (
    <Sheet
      title={manifest.label}
      {...(manifest.description ? { description: manifest.description } : {})}
      onClose={close}
    >
      {manifest.deprecated !== undefined && (
        <p className="failed-text">{t('node.deprecated', { hint: manifest.deprecated })}</p>
      )}
      <dl className="help-list">
        {manifest.inputs.map((input) => (
          <div key={input.name}>
            <dt>
              {input.label} <span className="faint">{types(input.types)}</span>
            </dt>
            <dd className="soft">{input.description}</dd>
          </div>
        ))}
        {manifest.outputs.map((output) => (
          <div key={output.name}>
            <dt>
              → {output.label} <span className="faint">{types([output.type])}</span>
            </dt>
            <dd className="soft">{output.description}</dd>
          </div>
        ))}
      </dl>
      <p className="faint">
        {manifest.type} · {manifest.category}
      </p>
    </Sheet>
  )
}
