// -m comment: a note that travels with the rule.
import { saveString } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  comment: string
}

const MAX_LENGTH = 255

const { option } = optionsOf<Params>()

export const commentMatch = defineMatch<Params>({
  name: 'comment',
  help: 'a note that travels with the rule',
  options: [option('comment', { hint: 'text', parse: parseComment }, (p, text) => (p.comment = text), { mandatory: true })],
  init: () => ({ comment: '' }),
  compile: () => () => true,
  print: (p) => ` /* ${p.comment} */`,
  save: (p) => ` --comment${saveString(p.comment)}`,
})

function parseComment(text: string): string {
  if (text.length > MAX_LENGTH) {
    throw badParameter(`comment: option "--comment" must be shorter than ${MAX_LENGTH + 1} characters.\n`)
  }
  return text
}
