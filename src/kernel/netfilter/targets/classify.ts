// -j CLASSIFY: the class for the queue discipline, which the lab does not look at.
import type { Argument } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  major: number
  minor: number
}

const classArgument: Argument<Params> = {
  hint: 'MAJOR:MINOR',
  parse(value) {
    const found = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(value)
    if (found === null) throw badParameter(`Bad class value "${value}"`)
    return { major: Number.parseInt(found[1]!, 16), minor: Number.parseInt(found[2]!, 16) }
  },
}

const { option } = optionsOf<Params>()

export const classifyTarget = defineTarget<Params>({
  name: 'CLASSIFY',
  help: 'class for the queue discipline',
  hooks: ['OUTPUT', 'FORWARD', 'POSTROUTING'],
  options: [
    option(
      'set-class',
      classArgument,
      (p, value) => {
        p.major = value.major
        p.minor = value.minor
      },
      { mandatory: true },
    ),
  ],
  init: () => ({ major: 0, minor: 0 }),
  // Differs: queues of the lab have no classes.
  compile: () => () => 'CONTINUE',
  print: (p) => ` CLASSIFY set ${p.major.toString(16)}:${p.minor.toString(16)}`,
  save: (p) => ` --set-class ${p.major.toString(16).padStart(4, '0')}:${p.minor.toString(16).padStart(4, '0')}`,
})
