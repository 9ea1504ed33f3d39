import { Graph } from '../graph/graph.ts'
import { zeros } from '../tensor/tensor.ts'
import { evaluate } from './session.ts'

/**
 * How many channels ONNX Runtime's convolutions take as a block on this processor (16 with AVX-512, 8 with AVX2); 1
 * where it has none that work in blocks.
 */
export async function convolutionBlock(): Promise<number> {
  const graph = new Graph()
  const image = graph.input('image', 'float32', ['n', 'channels', 'height', 'width'])
  const outputs = [{ dtype: 'float32', shape: ['n', 'blocks', 'height', 'width'] }] as const
  const [reordered = image] = graph.add({
    opType: 'ReorderInput',
    domain: 'com.microsoft.nchwc',
    inputs: [image],
    outputs,
  })
  graph.output('reordered', reordered)
  try {
    // The reordered image has whole blocks: four channels become one.
    const results = await evaluate(graph, { image: zeros('float32', [1, 4, 1, 1]) })
    return results['reordered']?.shape[1] ?? 1
  } catch {
    return 1
  }
}
