import { useMemo } from 'react'
import { boundsOf, type Workflow } from '@patchbay/engine/workflow'
import { useRegistry } from '../contexts/editor-context.tsx'
import { pathText } from '../canvas/link-path.ts'
import { Scene } from '../canvas/scene.ts'
import { manifestOfNode } from '../state/registry/registry.ts'

/** A workflow as boxes and links, small: what stands for it where it has no picture. */
export function GraphSketch({ workflow }: { readonly workflow: Workflow }) {
  const registry = useRegistry()
  const sketch = useMemo(() => {
    const scene = new Scene()
    scene.update(workflow, {
      manifestOf: (instance) => manifestOfNode(registry, workflow, instance),
      showsAdvanced: () => false,
      pictureAspect: () => undefined,
    })
    const bounds = boundsOf([...scene.boxes().values()]) ?? { x: 0, y: 0, width: 4, height: 3 }
    return { boxes: [...scene.boxes()], links: scene.linksIn(bounds), bounds }
  }, [workflow, registry])
  const { x, y, width, height } = sketch.bounds
  const room = Math.max(width, height) * 0.06
  return (
    <svg
      className="graph-sketch"
      viewBox={[x - room, y - room, width + 2 * room, height + 2 * room].join(' ')}
      aria-hidden="true"
    >
      {sketch.boxes.map(([id, box]) => (
        <rect key={id} {...box} rx={10} />
      ))}
      {sketch.links.map(({ link, pieces, type }) => (
        <path key={link.key} d={pathText(pieces)} style={{ stroke: registry.colorOf(type) }} />
      ))}
    </svg>
  )
}
