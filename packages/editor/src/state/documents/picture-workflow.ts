import { parametersKeyword, pictureTexts, workflowKeyword } from '@patchbay/nodes/picture-texts'

/**
 * Where a workflow may stand in a picture, the likeliest first: ours, that of our older pictures of graphs, ComfyUI's
 * two, and the settings of AUTOMATIC1111.
 */
const keywords = [workflowKeyword, 'patchbay', 'workflow', 'prompt', parametersKeyword]

/** The texts of a picture that may be a workflow, the likeliest first; none for any other file. */
export async function workflowTexts(picture: Uint8Array): Promise<readonly string[]> {
  const texts = await pictureTexts(picture)
  return keywords.flatMap((keyword) => texts[keyword] ?? [])
}
