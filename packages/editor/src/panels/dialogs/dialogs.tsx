import { lazy, Suspense } from 'react'
import { useStore } from 'zustand'
import type { Stage } from '../../canvas/stage.ts'
import { useEditor } from '../../contexts/editor-context.tsx'
import { LinkDialog } from './link-dialog.tsx'
import { DetailsDialog } from './details-dialog.tsx'
import { ConfirmClose, ConfirmDelete, ConflictDialog } from './questions.tsx'
import { SaveAsDialog } from './save-as-dialog.tsx'
import './dialogs.css'

const ResultViewer = lazy(() => import('./result-viewer.tsx').then((module) => ({ default: module.ResultViewer })))
const Versions = lazy(() => import('./versions.tsx').then((module) => ({ default: module.Versions })))
const MaskPainter = lazy(() => import('./mask-painter.tsx').then((module) => ({ default: module.MaskPainter })))
const GridDialog = lazy(() => import('./grid-dialog.tsx').then((module) => ({ default: module.GridDialog })))
const SettingsDialog = lazy(() =>
  import('./settings-dialog.tsx').then((module) => ({ default: module.SettingsDialog })),
)
const TemplatesDialog = lazy(() =>
  import('./templates-dialog.tsx').then((module) => ({ default: module.TemplatesDialog })),
)
const MissingDialog = lazy(() => import('./missing-dialog.tsx').then((module) => ({ default: module.MissingDialog })))
const NodeHelp = lazy(() => import('./node-help.tsx').then((module) => ({ default: module.NodeHelp })))
const SubWorkflowDialog = lazy(() =>
  import('./sub-workflow-dialog.tsx').then((module) => ({ default: module.SubWorkflowDialog })),
)
const JobDialog = lazy(() => import('./job-dialog.tsx').then((module) => ({ default: module.JobDialog })))

/** The dialog that is open, if any. Rare ones are loaded when they are first opened. */
export function Dialogs({ stage }: { readonly stage: Stage | undefined }) {
  const { surface } = useEditor()
  const dialog = useStore(surface, (state) => state.dialog)
  const close = (): void => surface.setState({ dialog: { type: 'none' } })
  return <Suspense fallback={null}>{content()}</Suspense>

  function content() {
    switch (dialog.type) {
      case 'none':
        return null
      case 'save-as':
        return <SaveAsDialog close={close} />
      case 'details':
        return <DetailsDialog close={close} />
      case 'versions':
        return <Versions close={close} />
      case 'settings':
        return <SettingsDialog key={dialog.part} part={dialog.part} close={close} />
      case 'templates':
        return <TemplatesDialog close={close} />
      case 'missing':
        return <MissingDialog close={close} />
      case 'grid':
        return <GridDialog close={close} />
      case 'conflict':
        return <ConflictDialog version={dialog.version} close={close} />
      case 'close-tab':
        return <ConfirmClose tab={dialog.tab} close={close} />
      case 'delete-workflow':
        return <ConfirmDelete id={dialog.id} name={dialog.name} close={close} />
      case 'result':
        return <ResultViewer node={dialog.node} index={dialog.index} close={close} />
      case 'mask':
        return <MaskPainter node={dialog.node} input={dialog.input} file={dialog.file} close={close} />
      case 'job':
        return <JobDialog job={dialog.job} close={close} />
      case 'node-help':
        return <NodeHelp node={dialog.node} stage={stage} close={close} />
      case 'sub-workflow':
        return <SubWorkflowDialog name={dialog.name} close={close} />
      case 'link':
        return stage ? <LinkDialog node={dialog.node} stage={stage} close={close} /> : null
    }
  }
}
