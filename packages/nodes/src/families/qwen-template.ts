/**
 * What stands before and behind a prompt, as the chat template of Qwen 3 has it for one message of a user: without
 * thinking, an empty thought is written for the model.
 */
export function qwenTemplate({ thinking }: { readonly thinking: boolean }): readonly [before: string, after: string] {
  const answer = '<|im_end|>\n<|im_start|>assistant\n'
  return ['<|im_start|>user\n', thinking ? answer : `${answer}<think>\n\n</think>\n\n`]
}
