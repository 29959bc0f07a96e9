// -m comment: a note that travels with the rule.
import { saveString } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'

interface Params {
  comment: string
}

/** Of the kernel's field; the tool cuts what is longer. */
const MAX_LENGTH = 255

const { option } = optionsOf<Params>()

export const commentMatch = defineMatch<Params>({
  name: 'comment',
  help: 'a note that travels with the rule',
  options: [
    option('comment', { hint: 'text', parse: (text: string) => text.slice(0, MAX_LENGTH) }, (p, text) => (p.comment = text), {
      mandatory: true,
    }),
  ],
  init: () => ({ comment: '' }),
  compile: () => () => true,
  print: (p) => ` /* ${p.comment} */`,
  save: (p) => ` --comment${saveString(p.comment)}`,
})
