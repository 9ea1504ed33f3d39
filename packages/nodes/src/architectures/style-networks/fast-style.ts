import { addMaps, mapValues, ops, type FeatureMap, type Scope } from '@patchbay/onnx'
import { doubled, reflectedConv } from './reflected.ts'

const residualBlocks = 5

/**
 * A network of one style (Johnson et al. 2016), as pytorch/examples has it, with instance normalisation (Ulyanov et
 * al. 2017). Pictures are in 0 to 255, sides multiples of 4.
 */
export function fastStyle(scope: Scope, picture: FeatureMap): FeatureMap {
  const conv = (name: string, x: FeatureMap, out: number, kernel = 3, stride = 1): FeatureMap =>
    reflectedConv(scope.at(name, 'conv2d'), x, { out, kernel, stride })
  const normal = (name: string, x: FeatureMap): FeatureMap => instanceNorm(scope.at(name), x)
  const relu = (x: FeatureMap): FeatureMap => mapValues(x, ops.relu)
  let h = relu(normal('in1', conv('conv1', picture, 32, 9)))
  h = relu(normal('in2', conv('conv2', h, 64, 3, 2)))
  h = relu(normal('in3', conv('conv3', h, 128, 3, 2)))
  for (let index = 1; index <= residualBlocks; index++) h = residual(scope.at(`res${index}`), h)
  h = relu(normal('in4', conv('deconv1', doubled(h), 64)))
  h = relu(normal('in5', conv('deconv2', doubled(h), 32)))
  return conv('deconv3', h, 3, 9)
}

function residual(scope: Scope, x: FeatureMap): FeatureMap {
  const conv = (index: number, map: FeatureMap): FeatureMap =>
    instanceNorm(scope.at(`in${index}`), reflectedConv(scope.at(`conv${index}`, 'conv2d'), map, { out: x.channels }))
  return addMaps(conv(2, mapValues(conv(1, x), ops.relu)), x)
}

function instanceNorm(scope: Scope, x: FeatureMap): FeatureMap {
  const [weight, bias] = ['weight', 'bias'].map((name) => scope.parameter(name, [x.channels]))
  return weight && bias ? mapValues(x, (value) => ops.instanceNormalization(value, weight, bias)) : x
}
