import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** What SDXL's refiner is told of the beauty of the picture. */
export const conditioningScore = defineNode({
  type: 'ConditioningScore',
  version: 1,
  category: 'conditioning',
  label: 'Aesthetic score',
  description:
    "Tells SDXL's refiner how beautiful the picture is: a prompt of 6 and a negative one of 2.5 without this node. Other models take no notice.",
  aliases: ['CLIPTextEncodeSDXLRefiner', 'ascore', 'refiner'],
  inputs: { conditioning: link(Conditioning), score: float({ default: 6, min: 0, max: 1000, step: 0.01 }) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, score }) => ({ conditioning: withEach(conditioning, { aestheticScore: score }) }),
})
